//! A program that notes which of its functions were called.

use walrus::ir::{
    BinaryOp, Binop, Const, ExtendedLoad, GlobalGet, GlobalSet, Instr, InstrSeq, Load, LoadKind,
    MemArg, Store, StoreKind, Value, VisitorMut, dfs_pre_order_mut,
};
use walrus::{ConstExpr, FunctionId, GlobalId, ImportKind, Module, ValType};

use super::program::read;
use crate::failure::{Failure, Result};

/// A page of memory, in bytes.
const PAGE: u64 = 65_536;

/// What the script calls the function with which the program marks its first
/// picture.
const MARK: &str = "__wbg_mark_";

/// Where the notes are: one byte for each function of the program. Its first
/// bit says that the function was called before the first picture was marked,
/// its second bit that it was called afterwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notes {
    /// The first byte's address.
    pub(crate) start: u32,
    /// How many there are.
    pub(crate) length: u32,
}

/// Lets every function note that it was called, in memory behind all that the
/// program knows of.
pub(crate) fn instrument(wasm: &[u8]) -> Result<(Vec<u8>, Notes)> {
    let mut module = read(wasm)?;
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let memory = module.memories.iter_mut().next();
    let memory = memory.ok_or_else(|| Failure::new("the program has no memory"))?;
    let too_large = |_| Failure::new("the program is too large");
    let start = u32::try_from(memory.initial * PAGE).map_err(too_large)?;
    let length = u32::try_from(functions.len()).map_err(too_large)?;
    memory.initial += u64::from(length).div_ceil(PAGE);
    let memory = memory.id();
    let one = ConstExpr::Value(Value::I32(1));
    let bit = module.globals.add_local(ValType::I32, true, false, one);
    let mut marks = Marks { mark: mark(&module)?, bit };
    for (address, id) in (start..).zip(functions) {
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let entry = function.entry_block();
        dfs_pre_order_mut(&mut marks, function, entry);
        let arg = MemArg { align: 1, offset: 0 };
        let address = Value::I32(address.cast_signed());
        let load = LoadKind::I32_8 { kind: ExtendedLoad::ZeroExtend };
        let note: [Instr; 6] = [
            Const { value: address }.into(),
            Const { value: address }.into(),
            Load { memory, kind: load, arg }.into(),
            GlobalGet { global: bit }.into(),
            Binop { op: BinaryOp::I32Or }.into(),
            Store { memory, kind: StoreKind::I32_8 { atomic: false }, arg }.into(),
        ];
        let mut body = function.builder_mut().instr_seq(entry);
        for (at, instruction) in note.into_iter().enumerate() {
            body.instr_at(at, instruction);
        }
    }
    Ok((module.emit_wasm(), Notes { start, length }))
}

/// The imported function that marks the picture.
fn mark(module: &Module) -> Result<FunctionId> {
    let found = module.imports.iter().find_map(|import| match import.kind {
        ImportKind::Function(id) if import.name.starts_with(MARK) => Some(id),
        _ => None,
    });
    found.ok_or_else(|| Failure::new("the program does not mark its first picture"))
}

/// Goes on to the second bit wherever the picture is marked.
struct Marks {
    mark: FunctionId,
    bit: GlobalId,
}

impl VisitorMut for Marks {
    fn start_instr_seq_mut(&mut self, sequence: &mut InstrSeq) {
        let is_mark = |instr: &Instr| matches!(instr, Instr::Call(call) if call.func == self.mark);
        let before = std::mem::take(&mut sequence.instrs);
        for (instruction, at) in before {
            let is_mark = is_mark(&instruction);
            sequence.instrs.push((instruction, at));
            if is_mark {
                sequence.instrs.push((Const { value: Value::I32(2) }.into(), at));
                sequence.instrs.push((GlobalSet { global: self.bit }.into(), at));
            }
        }
    }
}

/// The functions' names, in the order of their notes; empty where one has none.
pub(crate) fn function_names(wasm: &[u8]) -> Result<Vec<String>> {
    let module = read(wasm)?;
    let local = module.funcs.iter_local().map(|(id, _)| module.funcs.get(id));
    Ok(local.map(|function| function.name.clone().unwrap_or_default()).collect())
}
