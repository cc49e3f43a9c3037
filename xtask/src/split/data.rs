//! Texts that only later functions show come later too, and so do the tables of
//! methods and the places of panics that only they use.
//!
//! A compiled program does not say which function uses which data. So every
//! number in code and data that is an address counts as a use of what stands
//! there, and of all that is named there in turn. Tables that code could look
//! into by a number of its own making are never moved, nor is memory that
//! somebody writes.

use std::collections::BTreeSet;

use walrus::ir::{Const, Instr, InstrLocId, Value, Visitor, dfs_in_order};
use walrus::{ConstExpr, DataKind, FunctionKind, Module};

use super::plan::Plan;
use super::program::add_data;

/// The segment of what is only read, as the linker calls it.
const READ_ONLY: &str = ".rodata";
/// Less is not worth a segment of its own.
const SHORTEST: usize = 24;

/// The data that comes later.
#[derive(Debug, Default)]
pub(super) struct Division {
    start: u32,
    /// Addresses and bytes, in order.
    moved: Vec<(u32, Vec<u8>)>,
}

impl Division {
    /// Finds the data that the first program does not need.
    pub(super) fn of(whole: &Module, plan: &Plan) -> Self {
        let Some(memory) = Memory::read_only(whole) else { return Self::default() };
        let (mut first, mut all) = addresses_in_code(whole, plan);
        for data in whole.data.iter() {
            let words = placed(&data.kind).map(|start| words(start, &data.value));
            let values = words.unwrap_or_default().into_iter().map(|(_, value)| value);
            if data.name.as_deref() == Some(READ_ONLY) {
                all.extend(values);
            } else {
                first.extend(values.clone());
                all.extend(values);
            }
        }
        let mut edges: BTreeSet<u32> = all.range(memory.start..memory.end()).copied().collect();
        edges.extend([memory.start, memory.end()]);
        let edges: Vec<u32> = edges.into_iter().collect();
        let needed = memory.needed(&edges, first);
        let mut moved: Vec<(u32, Vec<u8>)> = Vec::new();
        for (edge, is_needed) in edges.windows(2).zip(needed) {
            let [from, to] = edge else { continue };
            if is_needed || !memory.can_move(*from, *to) {
                continue;
            }
            let bytes = memory.bytes(*from, *to);
            match moved.last_mut() {
                Some((at, run)) if *at as usize + run.len() == *from as usize => run.extend(bytes),
                _ => moved.push((*from, bytes.to_vec())),
            }
        }
        moved.retain(|(_, bytes)| bytes.len() >= SHORTEST);
        Self { start: memory.start, moved }
    }

    /// Takes the data out of the first program and puts it into the later one.
    pub(super) fn carry_out(self, first: &mut Module, later: &mut Module) {
        let segment = first.data.iter().find(|data| data.name.as_deref() == Some(READ_ONLY));
        let Some(id) = segment.map(walrus::Data::id) else { return };
        let whole = std::mem::take(&mut first.data.get_mut(id).value);
        let mut rest = whole.as_slice();
        let mut at = self.start;
        for (address, bytes) in self.moved {
            let Some((before, after)) = rest.split_at_checked((address - at) as usize) else {
                break;
            };
            add_data(first, at, before.to_vec());
            rest = after.get(bytes.len()..).unwrap_or_default();
            at = address + u32::try_from(bytes.len()).unwrap_or_default();
            add_data(later, address, bytes);
        }
        add_data(first, at, rest.to_vec());
    }
}

/// The memory that is only read.
struct Memory<'a> {
    start: u32,
    bytes: &'a [u8],
    /// How many functions have a slot.
    slots: u32,
}

impl<'a> Memory<'a> {
    fn read_only(whole: &'a Module) -> Option<Self> {
        let data = whole.data.iter().find(|data| data.name.as_deref() == Some(READ_ONLY))?;
        let longest = whole.tables.iter().map(|table| table.initial).max();
        let slots = u32::try_from(longest.unwrap_or_default()).unwrap_or(u32::MAX);
        Some(Self { start: placed(&data.kind)?, bytes: &data.value, slots })
    }

    fn end(&self) -> u32 {
        self.start.saturating_add(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX))
    }

    /// The bytes between two addresses; none where they lead outside.
    fn bytes(&self, from: u32, to: u32) -> &'a [u8] {
        let place = |address: u32| Some(address.checked_sub(self.start)? as usize);
        place(from)
            .zip(place(to))
            .and_then(|(from, to)| self.bytes.get(from..to))
            .unwrap_or_default()
    }

    /// Which of the stretches between edges the addresses lead to, directly or
    /// through what stands there.
    fn needed(&self, edges: &[u32], addresses: BTreeSet<u32>) -> Vec<bool> {
        let mut needed = vec![false; edges.len().saturating_sub(1)];
        let mut waiting: Vec<u32> = addresses.into_iter().collect();
        while let Some(address) = waiting.pop() {
            let Some(at) = edges.partition_point(|edge| *edge <= address).checked_sub(1) else {
                continue;
            };
            let (Some([from, to]), Some(is_needed)) = (edges.get(at..at + 2), needed.get_mut(at))
            else {
                continue;
            };
            if !std::mem::replace(is_needed, true) {
                let words = words(*from, self.bytes(*from, *to));
                waiting.extend(words.into_iter().map(|(_, value)| value));
            }
        }
        needed
    }

    /// Whether the stretch is of a kind that is only reached by its address.
    fn can_move(&self, from: u32, to: u32) -> bool {
        let bytes = self.bytes(from, to);
        let words: Vec<u32> = words(from, bytes).into_iter().map(|(_, value)| value).collect();
        is_text(bytes) || self.is_place(&words) || self.is_methods(&words)
    }

    /// The place of a panic: a file's name, its length, a line and a column.
    fn is_place(&self, words: &[u32]) -> bool {
        words.len().is_multiple_of(4)
            && !words.is_empty()
            && words.chunks_exact(4).all(|place| {
                let [name, length, _, _] = place else { return false };
                self.bytes(*name, name.saturating_add(*length)).ends_with(b".rs")
            })
    }

    /// The methods of a type behind `dyn`: a function, a size, an alignment and
    /// functions.
    fn is_methods(&self, words: &[u32]) -> bool {
        let [end, _, alignment, methods @ ..] = words else { return false };
        let is_function = |word: &u32| *word < self.slots;
        is_function(end) && matches!(alignment, 1 | 2 | 4 | 8) && methods.iter().all(is_function)
    }
}

/// The numbers in the code of the first program, and of both.
fn addresses_in_code(whole: &Module, plan: &Plan) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let (mut first, mut all) = (BTreeSet::new(), BTreeSet::new());
    for (place, function) in whole.funcs.iter().enumerate() {
        let FunctionKind::Local(local) = &function.kind else { continue };
        let mut numbers = Numbers(BTreeSet::new());
        dfs_in_order(&mut numbers, local, local.entry_block());
        if !plan.later.contains_key(&place) {
            first.extend(&numbers.0);
        }
        all.extend(numbers.0);
    }
    (first, all)
}

fn placed(kind: &DataKind) -> Option<u32> {
    match kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } => {
            Some(start.cast_unsigned())
        }
        _ => None,
    }
}

/// The aligned words of memory with their addresses.
fn words(start: u32, bytes: &[u8]) -> Vec<(u32, u32)> {
    let skipped = start.next_multiple_of(4) - start;
    let aligned = bytes.get(skipped as usize..).unwrap_or_default();
    let word = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
    (start + skipped..).step_by(4).zip(aligned.chunks_exact(4).map(word)).collect()
}

/// Whether these bytes are a text, or several without anything between.
fn is_text(bytes: &[u8]) -> bool {
    let is_shown = |letter: char| !letter.is_control() || "\n\t\0".contains(letter);
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_shown))
}

/// The numbers in code that could be addresses.
struct Numbers(BTreeSet<u32>);

impl Visitor<'_> for Numbers {
    fn visit_const(&mut self, instr: &Const) {
        if let Value::I32(number) = instr.value {
            self.0.insert(number.cast_unsigned());
        }
    }

    fn visit_instr(&mut self, instr: &Instr, _: &InstrLocId) {
        let offset = match instr {
            Instr::Load(load) => load.arg.offset,
            Instr::Store(store) => store.arg.offset,
            _ => return,
        };
        self.0.extend(u32::try_from(offset));
    }
}
