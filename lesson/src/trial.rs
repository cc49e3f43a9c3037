//! What a lesson has to stand before anybody sees it.
//!
//! The start fails every check that is not to be kept; each step's symptoms
//! occur; its solution passes; each wrong answer fails at the check that it
//! names; each near one passes; and whoever reads the text and presses all it
//! offers sees what it promises.

use podyard_engine::sim::Delay;
use podyard_session::{Machine, scenario};

use crate::check::Check;
use crate::course::Course;
use crate::model::{Attempt, Deed, Lesson, Step};
use crate::text::{Block, Command, Text, Wait};
use crate::verdict::{Language, Verdict};

/// How long the cluster may take to get where it is led.
const PATIENCE: Delay = Delay::secs(420);
/// How long each second is looked at; later on, every tenth is.
const EAGER: Delay = Delay::secs(60);
/// How long a wrong answer is given to turn out right.
const DOUBT: Delay = Delay::secs(90);
/// How long a reader takes from one command to the next.
const READING: Delay = Delay::secs(5);
/// How long a reader looks again for what was promised.
const LOOKING: i64 = 90;

/// A lesson on trial, with what was found wrong with it.
struct Trial<'a> {
    lesson: &'a Lesson,
    errors: Vec<String>,
}

/// A course at some point of it.
struct Point {
    course: Course,
    machine: Machine,
}

/// Tries a lesson with its texts; gives what is wrong with them.
pub fn of(lesson: &Lesson, texts: &[Text]) -> Vec<String> {
    let mut trial = Trial { lesson, errors: Vec::new() };
    for text in texts {
        trial.errors.extend(words(lesson, text));
    }
    trial.start();
    for index in 0..lesson.steps.len() {
        trial.attempts(index);
    }
    // What is pressed is the same in every language, so one reader is enough.
    let offers = |text: &Text| text.offers().map(Block::shape).collect::<Vec<_>>();
    if let Some((first, others)) = texts.split_first() {
        if others.iter().any(|other| offers(other) != offers(first)) {
            trial.errors.push("the texts differ in their files, commands or pictures".to_owned());
        }
        trial.reading(first);
    }
    trial.errors
}

impl Trial<'_> {
    fn complain(&mut self, step: &Step, what: impl std::fmt::Display) {
        self.errors.push(format!("step {}: {what}", step.id));
    }

    /// What happened before succeeds, and nothing that is to be reached is
    /// reached by it.
    fn start(&mut self) {
        let mut machine = self.lesson.unbegun();
        for deed in &self.lesson.start {
            if let Some((printed, code)) =
                deed.do_to(&mut machine).filter(|(_, code)| *code != Some(0))
            {
                self.errors.push(format!("start: {deed:?} ends with {code:?}:\n{printed}"));
            }
        }
        let point = Point::new(self.lesson);
        for step in &self.lesson.steps {
            for (check, verdict) in step.checks.iter().zip(point.judge(step)) {
                let passed = verdict == Verdict::Passed;
                if passed != check.keep {
                    let what = if passed { "already holds" } else { "does not hold yet" };
                    self.complain(step, format!("at the start, {} {what}", check.id));
                }
            }
        }
    }

    /// Plays the solutions up to a step, and every attempt at it.
    fn attempts(&mut self, index: usize) {
        let Some(step) = self.lesson.steps.get(index) else { return };
        let solution = Attempt { deeds: step.solution.clone(), fails: String::new() };
        let all = std::iter::once(&solution).chain(&step.wrong).chain(&step.near);
        for (number, attempt) in all.enumerate() {
            let mut point = Point::new(self.lesson);
            let before = self.lesson.steps.iter().take(index);
            before.for_each(|step| drop(point.solve(step)));
            if number == 0 {
                self.beginning(step, &mut point);
            }
            let printed: Vec<String> =
                attempt.deeds.iter().filter_map(|deed| point.play(deed)).collect();
            let verdicts = point.settle(step, attempt.fails.is_empty());
            let name = if number == 0 { "the solution".to_owned() } else { attempt.told() };
            self.outcome(step, attempt, &name, &verdicts, &printed);
        }
    }

    /// A step begins undone, and with its symptoms.
    fn beginning(&mut self, step: &Step, point: &mut Point) {
        if point.judge(step).iter().all(|verdict| *verdict == Verdict::Passed) {
            self.complain(step, "is done before it begins");
        }
        for symptom in &step.symptoms {
            let verdict = point.wait_for(symptom);
            if verdict != Verdict::Passed {
                let what = verdict.say(Language::English);
                self.complain(step, format!("the symptom {} does not occur: {what}", symptom.id));
            }
        }
    }

    fn outcome(
        &mut self,
        step: &Step,
        attempt: &Attempt,
        name: &str,
        verdicts: &[Verdict],
        printed: &[String],
    ) {
        let unmet: Vec<(&Check, &Verdict)> = step
            .checks
            .iter()
            .zip(verdicts)
            .filter(|(_, verdict)| **verdict != Verdict::Passed)
            .collect();
        if attempt.fails.is_empty() {
            for (check, verdict) in unmet {
                let why = verdict.say(Language::English);
                let printed = printed.join("");
                self.complain(step, format!("{name} does not pass {}: {why}\n{printed}", check.id));
            }
        } else if !unmet.iter().any(|(check, _)| check.id == attempt.fails) {
            let at: Vec<&str> = unmet.iter().map(|(check, _)| check.id.as_str()).collect();
            let at = at.join(", ");
            self.complain(
                step,
                format!("{name} does not fail at {}, but at [{at}]", attempt.fails),
            );
        }
        for (check, verdict) in step.checks.iter().zip(verdicts) {
            if verdict.say(Language::Korean).is_empty() != (*verdict == Verdict::Passed) {
                self.complain(step, format!("{} does not say what is missing", check.id));
            }
        }
    }

    /// Reads the text from the top and presses all it offers.
    fn reading(&mut self, text: &Text) {
        let mut point = Point::new(self.lesson);
        for step in &self.lesson.steps {
            let Some(words) = text.step(&step.id) else { continue };
            let (after, before): (Vec<&Block>, Vec<&Block>) =
                words.all_blocks().partition(|block| is_after(block));
            for block in before {
                self.press(step, block, &mut point);
            }
            if point.judge(step).iter().any(|verdict| *verdict != Verdict::Passed) {
                point.solve(step);
            }
            for block in after {
                self.press(step, block, &mut point);
            }
        }
        let debrief = text.debrief.iter().flat_map(|(_, blocks)| blocks);
        let last = self.lesson.steps.last().cloned().unwrap_or_default();
        debrief.for_each(|block| self.press(&last, block, &mut point));
    }

    fn press(&mut self, step: &Step, block: &Block, point: &mut Point) {
        match block {
            Block::File(file, text) => {
                point.play(&Deed::Write { file: file.clone(), text: text.clone() });
            }
            Block::Wait(Wait { seconds, .. }) => point.pass(Delay::secs(*seconds)),
            Block::Command(command) => {
                if let Err(what) = point.press(command) {
                    self.complain(step, format!("`{}` {what}", command.line));
                }
            }
            _ => {}
        }
    }
}

impl Attempt {
    /// What to call it in a complaint.
    fn told(&self) -> String {
        let kind = if self.fails.is_empty() { "a near answer" } else { "a wrong answer" };
        let first = self.deeds.iter().find_map(|deed| match deed {
            Deed::Run(line) => Some(line.as_str()),
            _ => None,
        });
        format!("{kind} (`{}`)", first.unwrap_or("a change of a file"))
    }
}

impl Point {
    fn new(lesson: &Lesson) -> Self {
        let course = Course::new(lesson.clone());
        let machine = course.machine();
        Self { course, machine }
    }

    fn judge(&self, step: &Step) -> Vec<Verdict> {
        self.course.judge(step, &self.machine)
    }

    fn pass(&mut self, length: Delay) {
        let to = self.machine.now() + length;
        self.machine.advance_to(to);
        self.course.observe(&self.machine.take_traces());
    }

    /// Does something, and gives what went wrong with it.
    fn play(&mut self, deed: &Deed) -> Option<String> {
        let ran = deed.do_to(&mut self.machine);
        self.course.observe(&self.machine.take_traces());
        ran.filter(|(_, code)| *code != Some(0)).map(|(text, _)| text)
    }

    fn solve(&mut self, step: &Step) -> Vec<Verdict> {
        step.solution.iter().for_each(|deed| drop(self.play(deed)));
        self.settle(step, true)
    }

    /// Lets time pass: until all checks pass, or for as long as it takes to
    /// see that they do not.
    fn settle(&mut self, step: &Step, passing: bool) -> Vec<Verdict> {
        if !passing {
            self.pass(DOUBT);
            return self.judge(step);
        }
        let begun = self.machine.now();
        loop {
            let verdicts = self.judge(step);
            let waited = self.machine.now().since(begun);
            let passed = verdicts.iter().all(|verdict| *verdict == Verdict::Passed);
            if passed || waited >= PATIENCE {
                return verdicts;
            }
            self.pass(Delay::secs(if waited < EAGER { 1 } else { 10 }));
        }
    }

    fn wait_for(&mut self, check: &Check) -> Verdict {
        let begun = self.machine.now();
        loop {
            let verdict = check.judge(&self.course.eye(&self.machine));
            let waited = self.machine.now().since(begun);
            if verdict == Verdict::Passed || waited >= PATIENCE {
                return verdict;
            }
            self.pass(Delay::secs(if waited < EAGER { 1 } else { 10 }));
        }
    }

    /// Runs a command of the text; a reader who only looks looks again until
    /// the promised lines are there.
    fn press(&mut self, command: &Command) -> Result<(), String> {
        self.pass(READING);
        let mut missing = String::new();
        for _ in 0..LOOKING {
            let (printed, code) = self.machine.finish(&command.line);
            self.course.observe(&self.machine.take_traces());
            let has = |wanted: &&String| printed.lines().any(|line| fits(wanted, line));
            let unseen = command.prints.iter().find(|wanted| !has(wanted));
            missing = match unseen {
                _ if (code == Some(0)) == command.fails => {
                    format!("ends with {code:?}:\n{printed}")
                }
                Some(line) => format!("does not print `{line}`, but\n{printed}"),
                None => return Ok(()),
            };
            if !only_looks(&command.line) {
                break;
            }
            self.pass(Delay::secs(1));
        }
        Err(missing)
    }
}

/// Whether a line is as promised; `[rest]` at the end stands for all that
/// follows.
fn fits(wanted: &str, line: &str) -> bool {
    let Some(head) = wanted.strip_suffix("[rest]") else { return scenario::fits(wanted, line) };
    let words = head.split_whitespace().count();
    let start: Vec<&str> = line.split_whitespace().take(words).collect();
    scenario::fits(head.trim(), &start.join(" "))
}

fn is_after(block: &Block) -> bool {
    match block {
        Block::Command(command) => command.after,
        Block::Wait(wait) => wait.after,
        _ => false,
    }
}

/// Whether a command may be run again without changing anything.
fn only_looks(line: &str) -> bool {
    const LOOKS: [&str; 7] = ["get", "describe", "logs", "events", "explain", "exec", "top"];
    let mut words = line.split_whitespace();
    match words.next() {
        Some("kubectl") => words.next().is_some_and(|verb| LOOKS.contains(&verb)),
        Some("curl") => true,
        _ => false,
    }
}

/// Whether a text has words for all that the lesson names, and for no more.
fn words(lesson: &Lesson, text: &Text) -> Vec<String> {
    let mut errors = Vec::new();
    let mut same = |what: &str, lesson: Vec<String>, text: Vec<String>| {
        if lesson != text {
            errors.push(format!("{what}: the lesson has {lesson:?}, the text {text:?}"));
        }
    };
    let ids = |ids: &mut dyn Iterator<Item = &String>| ids.cloned().collect::<Vec<_>>();
    same(
        "steps",
        ids(&mut lesson.steps.iter().map(|step| &step.id)),
        ids(&mut text.steps.iter().map(|step| &step.id)),
    );
    for step in &lesson.steps {
        let Some(words) = text.step(&step.id) else { continue };
        let place = format!("checks of {}", step.id);
        let told = ids(&mut words.checks.iter().map(|(id, _)| id));
        same(&place, ids(&mut step.checks.iter().map(|check| &check.id)), told);
        let choices = step.question.iter().flat_map(|question| &question.choices);
        let told = words.question.iter().flat_map(|(_, choices)| choices.iter().map(|(id, _)| id));
        let place = format!("choices of {}", step.id);
        same(&place, choices.cloned().collect(), told.cloned().collect());
        let answered = words.answer.is_empty() != words.question.is_some();
        let hinted = words.hints.iter().all(|hint| !hint.is_empty());
        for (holds, what) in [(answered, "an answer"), (hinted, "three hints")] {
            let needed = vec![what.to_owned()];
            same(
                &format!("step {}", step.id),
                needed.clone(),
                if holds { needed } else { Vec::new() },
            );
        }
    }
    let titled = !text.title.is_empty() && text.debrief.is_some();
    same("title and debrief", vec![true.to_string()], vec![titled.to_string()]);
    errors
}
