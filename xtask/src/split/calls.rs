//! How the first program calls what may not be there yet: through the table,
//! after a look whether the slot is filled.

use std::collections::BTreeMap;

use walrus::ir::{
    Call, CallIndirect, Const, Instr, InstrSeq, UnaryOp, Value, VisitorMut, dfs_pre_order_mut,
};
use walrus::{ConstExpr, Function, FunctionBuilder, FunctionId, Module, TableId, TypeId, ValType};

use super::plan::{Plan, function_table};
use super::program::IS_HERE;
use crate::failure::Result;

/// The module from which the first program imports what brings the later one.
const LATER: &str = "later";

/// Lets every call of the first program that may end in the later one go
/// through the table.
pub(super) fn call_through_table(first: &mut Module, plan: &Plan) -> Result<()> {
    let ids: Vec<FunctionId> = first.funcs.iter().map(Function::id).collect();
    let table = function_table(first)?;
    let mut later = BTreeMap::new();
    for (place, slots) in &plan.later {
        if let (Some(id), Some(slot)) = (ids.get(*place), slots.first()) {
            later.insert(*id, (*slot, first.funcs.get(*id).ty()));
        }
    }
    let ready = ready(first, table);
    let mut calls = Calls { later, table, ready };
    let own = ids.into_iter().enumerate().filter(|(place, _)| !plan.later.contains_key(place));
    for (_, id) in own {
        if let walrus::FunctionKind::Local(function) = &mut first.funcs.get_mut(id).kind {
            let entry = function.entry_block();
            dfs_pre_order_mut(&mut calls, function, entry);
        }
    }
    Ok(())
}

/// Adds the function that gives back a slot's number when the slot is filled,
/// and brings the later program if it is not.
fn ready(first: &mut Module, table: TableId) -> FunctionId {
    let ty = first.types.add(&[], &[]);
    let (bring, _) = first.add_import_func(LATER, "bring", ty);
    let zero = ConstExpr::Value(Value::I32(0));
    let is_here = first.globals.add_local(ValType::I32, true, false, zero);
    first.exports.add(IS_HERE, is_here);
    let slot = first.locals.add(ValType::I32);
    let mut builder = FunctionBuilder::new(&mut first.types, &[ValType::I32], &[ValType::I32]);
    let look = |absent: &mut walrus::InstrSeqBuilder<'_>| {
        absent.local_get(slot).table_get(table).ref_is_null();
        absent.if_else(
            None,
            |empty| {
                empty.call(bring);
            },
            |_| {},
        );
    };
    let mut body = builder.func_body();
    body.global_get(is_here).unop(UnaryOp::I32Eqz).if_else(None, look, |_| {}).local_get(slot);
    builder.finish(vec![slot], &mut first.funcs)
}

/// Rewrites the calls of one function after the other.
struct Calls {
    /// The slots and types of the functions that come later.
    later: BTreeMap<FunctionId, (u32, TypeId)>,
    table: TableId,
    ready: FunctionId,
}

impl VisitorMut for Calls {
    fn start_instr_seq_mut(&mut self, sequence: &mut InstrSeq) {
        let before = std::mem::take(&mut sequence.instrs);
        for (instruction, at) in before {
            let is_ready = (Instr::Call(Call { func: self.ready }), at);
            let callee = match &instruction {
                Instr::Call(call) => self.later.get(&call.func),
                _ => None,
            };
            if let Some((slot, ty)) = callee {
                let value = Value::I32(slot.cast_signed());
                let indirect = CallIndirect { ty: *ty, table: self.table };
                sequence.instrs.push((Instr::Const(Const { value }), at));
                sequence.instrs.push(is_ready);
                sequence.instrs.push((Instr::CallIndirect(indirect), at));
                continue;
            }
            if matches!(instruction, Instr::CallIndirect(_) | Instr::ReturnCallIndirect(_)) {
                sequence.instrs.push(is_ready);
            }
            sequence.instrs.push((instruction, at));
        }
    }
}
