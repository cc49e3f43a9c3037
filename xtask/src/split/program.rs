//! One program made into two: the first, and the one that comes later.

use std::collections::BTreeMap;

use walrus::ir::Value;
use walrus::{
    ConstExpr, Data, Element, ElementItems, ElementKind, Export, Function, FunctionBuilder,
    FunctionId, FunctionKind, Global, GlobalKind, ImportedFunction, Module, ModuleConfig, TableId,
    ValType,
};

use super::calls::call_through_table;
use super::plan::{Plan, broken, function_table, table_of};
use crate::failure::Result;

/// The module from which the later program imports all that the first one has.
const FIRST: &str = "first";
/// The name of the global that says whether the later program is there.
pub(super) const IS_HERE: &str = "~here";

/// The two programs.
pub(crate) struct Halves {
    /// What a visit begins with.
    pub(crate) first: Vec<u8>,
    /// What it gets afterwards.
    pub(crate) later: Vec<u8>,
    /// The slot of the first function of the table that the later program
    /// imports, and how many there are.
    pub(crate) shared: (u32, usize),
}

/// Splits a program: functions for which `is_first` says so stay.
pub(crate) fn split(wasm: &[u8], is_first: &dyn Fn(&str) -> bool) -> Result<Halves> {
    let mut first = read(wasm)?;
    let mut later = read(wasm)?;
    let mut plan = Plan::new(&first, is_first)?;
    call_through_table(&mut first, &plan)?;
    plan.order_as_written(&first);
    share(&mut first, &plan)?;
    take(&mut later, &plan)?;
    fill_table(&mut later, &plan)?;
    let shared = (plan.slots, plan.shared.len());
    Ok(Halves { first: written(first), later: written(later), shared })
}

/// Reads a program, to be written without names and such.
pub(crate) fn read(wasm: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    config.parse(wasm).map_err(|error| broken(&error))
}

fn written(mut module: Module) -> Vec<u8> {
    let sections: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for section in sections {
        module.customs.delete(section);
    }
    walrus::passes::gc::run(&mut module);
    module.emit_wasm()
}

/// Exports from the first program what the later one uses; functions stand in
/// the table instead, where they take less room.
fn share(first: &mut Module, plan: &Plan) -> Result<()> {
    let table = function_table(first)?;
    let ids: Vec<FunctionId> = first.funcs.iter().map(Function::id).collect();
    let is_later: Vec<FunctionId> =
        plan.later.keys().filter_map(|place| ids.get(*place).copied()).collect();
    let mut filled: BTreeMap<u32, FunctionId> = table_of(first, table)?.into_iter().collect();
    filled.retain(|_, id| is_later.binary_search(id).is_err());
    filled.extend(
        (plan.slots..).zip(plan.shared.iter().filter_map(|place| ids.get(*place).copied())),
    );
    empty_tables(first);
    fill(first, table, filled);
    lengthen(first, table, plan.table_length());
    let memories = first.memories.iter().zip(0..).map(|(it, at)| (name('m', at), it.id().into()));
    let tables = first.tables.iter().zip(0..);
    let tables = tables.map(|(it, at)| (table_name(at, it.id() == table), it.id().into()));
    let globals = first.globals.iter().zip(0..).map(|(it, at)| (name('g', at), it.id().into()));
    let shared: Vec<(String, walrus::ExportItem)> = memories.chain(tables).chain(globals).collect();
    for (name, item) in shared {
        first.exports.add(&name, item);
    }
    Ok(())
}

/// Makes imports of what the later program takes from the first.
fn take(later: &mut Module, plan: &Plan) -> Result<()> {
    let functions = function_table(later)?;
    let exports: Vec<_> = later.exports.iter().map(Export::id).collect();
    for id in exports {
        later.exports.delete(id);
    }
    let segments: Vec<_> = later.data.iter().map(Data::id).collect();
    for id in segments {
        later.data.delete(id);
    }
    empty_tables(later);
    later.start = None;
    for (at, memory) in later.memories.iter_mut().enumerate() {
        memory.data_segments.clear();
        memory.import = Some(later.imports.add(FIRST, &name('m', at), memory.id()));
    }
    for (at, table) in later.tables.iter_mut().enumerate() {
        let name = table_name(at, table.id() == functions);
        table.import = Some(later.imports.add(FIRST, &name, table.id()));
    }
    let globals: Vec<_> = later.globals.iter().map(Global::id).collect();
    for (at, id) in globals.into_iter().enumerate() {
        let import = later.imports.add(FIRST, &name('g', at), id);
        later.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
    let ids: Vec<FunctionId> = later.funcs.iter().map(Function::id).collect();
    for (number, place) in plan.shared.iter().enumerate() {
        if let Some(id) = ids.get(*place) {
            let import = later.imports.add(FIRST, &number.to_string(), *id);
            let function = later.funcs.get_mut(*id);
            let ty = function.ty();
            function.kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }
    Ok(())
}

/// Puts the functions that come later into the table, and says that they are
/// there.
fn fill_table(later: &mut Module, plan: &Plan) -> Result<()> {
    let table = function_table(later)?;
    let ids: Vec<FunctionId> = later.funcs.iter().map(Function::id).collect();
    let mut filled = BTreeMap::new();
    for (place, slots) in &plan.later {
        if let Some(id) = ids.get(*place) {
            filled.extend(slots.iter().map(|slot| (*slot, *id)));
        }
    }
    fill(later, table, filled);
    lengthen(later, table, plan.table_length());
    let (is_here, _) = later.add_import_global(FIRST, IS_HERE, ValType::I32, true, false);
    let mut begin = FunctionBuilder::new(&mut later.types, &[], &[]);
    begin.func_body().i32_const(1).global_set(is_here);
    later.start = Some(begin.finish(Vec::new(), &mut later.funcs));
    Ok(())
}

fn lengthen(module: &mut Module, table: TableId, length: u64) {
    let table = module.tables.get_mut(table);
    table.initial = length;
    table.maximum = table.maximum.map(|most| most.max(length));
}

fn empty_tables(module: &mut Module) {
    let elements: Vec<_> = module.elements.iter().map(Element::id).collect();
    for id in elements {
        module.elements.delete(id);
    }
    module.tables.iter_mut().for_each(|table| table.elem_segments.clear());
}

/// Puts functions into slots of the table, with one segment for each run.
fn fill(module: &mut Module, table: TableId, filled: BTreeMap<u32, FunctionId>) {
    let mut runs: Vec<(u32, Vec<FunctionId>)> = Vec::new();
    let mut next = None;
    for (slot, id) in filled {
        match runs.last_mut() {
            Some((_, run)) if next == Some(slot) => run.push(id),
            _ => runs.push((slot, vec![id])),
        }
        next = slot.checked_add(1);
    }
    for (start, run) in runs {
        let offset = ConstExpr::Value(Value::I32(start.cast_signed()));
        let kind = ElementKind::Active { table, offset };
        let element = module.elements.add(kind, ElementItems::Functions(run));
        module.tables.get_mut(table).elem_segments.insert(element);
    }
}

/// The table of functions has a name that the script knows.
fn table_name(place: usize, is_of_functions: bool) -> String {
    if is_of_functions { "~slots".to_owned() } else { name('t', place) }
}

fn name(what: char, place: usize) -> String {
    format!("~{what}{place}")
}
