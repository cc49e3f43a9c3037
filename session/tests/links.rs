//! Links: those once minted open for ever, and damaged ones say what is wrong.
//!
//! `links.txt` holds links as they were minted, one a line with what it holds:
//! whole sessions and files alone, every profile, workload and kind of action.

#![expect(clippy::expect_used, reason = "a test")]

use podyard_session::{Action, Machine, link};

const GOLDEN: &str = include_str!("links.txt");
/// So many damaged links are tried.
const DAMAGED: u64 = 10_000;

/// Each golden link, with its number of actions and its first file.
fn golden() -> Vec<(usize, &'static str, &'static str)> {
    let lines = GOLDEN.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let row = |line: &'static str| {
        let mut words = line.split(' ');
        let count = words.next()?.parse().ok()?;
        Some((count, words.next()?, words.next()?))
    };
    lines.map(|line| row(line).expect("count, file and link")).collect()
}

#[test]
fn every_link_ever_minted_opens() {
    assert!(golden().len() >= 30, "links were taken away");
    for (count, file, text) in golden() {
        let session = link::unpack(text).expect("a golden link opens");
        assert_eq!(session.entries.len(), count, "{text}");
        let machine = Machine::replay(&session);
        let files = machine.files();
        assert!(file == "-" && files.is_empty() || files.contains_key(file), "{file} of {text}");
        let told = session.hash == Some(machine.state_hash());
        println!("a link of {} letters, {count} actions: same story: {told}", text.len());
    }
}

#[test]
fn what_was_packed_opens_to_the_same_and_stays_short() {
    for (_, _, text) in golden() {
        let session = link::unpack(text).expect("a golden link opens");
        assert_eq!(link::unpack(&link::pack(&session)), Ok(session.clone()));
        let files = Machine::replay(&session).files();
        let only_files = session.only(files.clone());
        let all_write =
            only_files.entries.iter().all(|entry| matches!(entry.action, Action::Write(_)));
        assert!(all_write && only_files.entries.len() <= 1);
        assert_eq!(Machine::replay(&only_files).files(), files);
    }
}

#[test]
fn ten_thousand_damaged_links_are_refused_in_words_or_open() {
    let golden = golden();
    let mut refused = 0;
    for round in 0..DAMAGED {
        let mut chance = Chance(round + 1);
        let at = chance.below(golden.len());
        let (_, _, whole) = golden.get(at).expect("a link");
        let damaged = damage(whole, &mut chance);
        match link::unpack(&damaged) {
            Ok(session) => assert!(session.entries.len() <= link::ACTIONS_MAX),
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty(), "{damaged}");
            }
        }
    }
    println!("{refused} of {DAMAGED} damaged links were refused, none with a panic");
    assert!(refused > DAMAGED / 2);
}

#[test]
fn hostile_links_are_refused() {
    // Sixteen million zeros, packed small.
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 16 << 20], 9);
    let letters = podyard_engine::base64::encode(&bomb).replace('+', "-").replace('/', "_");
    let bomb = format!("1.{}", letters.trim_end_matches('='));
    let error = link::unpack(&bomb).expect_err("too large");
    assert!(error.to_string().contains("too large"), "{error}");
    let long = format!("1.{}", "A".repeat(link::PACKED_MAX + 1));
    assert!(link::unpack(&long).expect_err("too long").to_string().contains("too large"));
    let newer = link::unpack("7.AAAA").expect_err("newer");
    assert!(newer.to_string().contains("version 7"), "{newer}");
}

/// Chance that a round repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }
}

/// Cuts, changes, doubles or adds letters.
fn damage(whole: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = whole.chars().collect();
    for _ in 0..=chance.below(3) {
        let at = chance.below(letters.len());
        match chance.below(6) {
            0 => letters.truncate(at),
            1 => letters.insert(at, 'A'),
            2 => letters.insert(at, '가'),
            3 => letters.splice(at..at, "<script>".chars()).for_each(drop),
            4 if at < letters.len() => drop(letters.remove(at)),
            _ => letters.iter_mut().skip(at).take(1).for_each(|letter| *letter = 'q'),
        }
    }
    letters.into_iter().collect()
}
