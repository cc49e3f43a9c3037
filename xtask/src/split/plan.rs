//! What goes where: which functions come later, and the slots of the table in
//! which each of the two programs finds the other's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{Instr, InstrLocId, RefFunc, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, GlobalKind,
    LocalFunction, Module, TableId,
};

use crate::failure::{Failure, Result};

/// The place of a function among all functions of the whole program.
pub(crate) type Place = usize;

/// Where each function is, and where the other program finds it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The functions that come later, and the slots that hold them.
    pub(crate) later: BTreeMap<Place, Vec<u32>>,
    /// The functions of the first program that the later one calls.
    pub(crate) shared: Vec<Place>,
    /// The slots before those of the shared functions.
    pub(crate) slots: u32,
}

impl Plan {
    /// Plans the split of `whole`, keeping the functions for which `is_first`
    /// says so, and those that cannot be reached through the table.
    pub(crate) fn new(whole: &Module, is_first: &dyn Fn(&str) -> bool) -> Result<Self> {
        let table = function_table(whole)?;
        let rooted = roots(whole);
        let mut local = BTreeMap::new();
        let mut later: BTreeMap<Place, Vec<u32>> = BTreeMap::new();
        for (place, function) in whole.funcs.iter().enumerate() {
            if matches!(function.kind, FunctionKind::Local(_)) {
                local.insert(function.id(), place);
                // What has no name is wasm-bindgen's own, and small.
                let stays = function.name.as_deref().is_none_or(is_first);
                if !stays && !rooted.contains(&function.id()) {
                    later.insert(place, Vec::new());
                }
            }
        }
        for (slot, function) in table_of(whole, table)? {
            if let Some(slots) = local.get(&function).and_then(|place| later.get_mut(place)) {
                slots.push(slot);
            }
        }
        let slots = u32::try_from(whole.tables.get(table).initial);
        let slots = slots.map_err(|_| Failure::new("the table is too long"))?;
        let mut plan = Self { later, shared: Vec::new(), slots };
        plan.connect(whole, &local);
        Ok(plan)
    }

    /// How long the table becomes.
    pub(crate) fn table_length(&self) -> u64 {
        u64::from(self.slots) + self.shared.len() as u64
    }

    /// Finds the calls from one program into the other, and gives each function
    /// that comes later and is called before a slot.
    fn connect(&mut self, whole: &Module, local: &BTreeMap<FunctionId, Place>) {
        let mut from_first = BTreeSet::new();
        let mut from_later = BTreeSet::new();
        for (id, function) in whole.funcs.iter_local() {
            let is_later = local.get(&id).is_some_and(|place| self.later.contains_key(place));
            let used = if is_later { &mut from_later } else { &mut from_first };
            used.extend(references(function).iter().filter_map(|id| local.get(id)).copied());
        }
        for place in from_first {
            if let Some(slots) = self.later.get_mut(&place).filter(|slots| slots.is_empty()) {
                slots.push(self.slots);
                self.slots += 1;
            }
        }
        from_later.retain(|place| !self.later.contains_key(place));
        self.shared = from_later.into_iter().collect();
    }

    /// Puts the shared functions into the order in which `first` is written, so
    /// that the list of them packs well.
    pub(crate) fn order_as_written(&mut self, first: &Module) {
        let sizes: Vec<u64> = first
            .funcs
            .iter()
            .map(|function| match &function.kind {
                FunctionKind::Local(local) => local.size(),
                _ => 0,
            })
            .collect();
        let size = |place: &Place| sizes.get(*place).copied().unwrap_or_default();
        self.shared.sort_by_key(|place| (Reverse(size(place)), *place));
    }
}

/// The one table of functions.
pub(crate) fn function_table(module: &Module) -> Result<TableId> {
    let table = module.tables.main_function_table().map_err(|error| broken(&error))?;
    table.ok_or_else(|| Failure::new("the program has no table of functions"))
}

/// What the program's own segments put into the table.
pub(crate) fn table_of(whole: &Module, table: TableId) -> Result<Vec<(u32, FunctionId)>> {
    let mut slots = Vec::new();
    for element in whole.elements.iter() {
        match (&element.kind, &element.items) {
            (ElementKind::Active { table: own, .. }, _) if *own != table => {}
            (
                ElementKind::Active {
                    offset: ConstExpr::Value(walrus::ir::Value::I32(offset)),
                    ..
                },
                ElementItems::Functions(items),
            ) => slots.extend((offset.cast_unsigned()..).zip(items.iter().copied())),
            _ => return Err(Failure::new("the program has a table of an unknown form")),
        }
    }
    Ok(slots)
}

/// The functions that are reached from outside the code, or as references.
fn roots(whole: &Module) -> BTreeSet<FunctionId> {
    struct Referred(BTreeSet<FunctionId>);
    impl Visitor<'_> for Referred {
        fn visit_ref_func(&mut self, instr: &RefFunc) {
            self.0.insert(instr.func);
        }

        fn visit_instr(&mut self, instr: &Instr, _: &InstrLocId) {
            if let Instr::ReturnCall(call) = instr {
                self.0.insert(call.func);
            }
        }
    }
    let mut roots = Referred(whole.start.into_iter().collect());
    for (_, function) in whole.funcs.iter_local() {
        dfs_in_order(&mut roots, function, function.entry_block());
    }
    roots.0.extend(whole.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    }));
    roots.0.extend(whole.globals.iter().filter_map(|global| match global.kind {
        GlobalKind::Local(ConstExpr::RefFunc(id)) => Some(id),
        _ => None,
    }));
    roots.0
}

/// Every function that this one names.
fn references(function: &LocalFunction) -> BTreeSet<FunctionId> {
    struct Seen(BTreeSet<FunctionId>);
    impl Visitor<'_> for Seen {
        fn visit_function_id(&mut self, function: &FunctionId) {
            self.0.insert(*function);
        }
    }
    let mut seen = Seen(BTreeSet::new());
    dfs_in_order(&mut seen, function, function.entry_block());
    seen.0
}

/// An error of the program that is split.
pub(crate) fn broken(error: &impl std::fmt::Display) -> Failure {
    Failure::new(format!("the program cannot be read: {error:#}"))
}
