//! The words of a lesson: a small part of Markdown, and nothing of HTML.
//!
//! `# ` titles the lesson, `## id: Title` begins a step, `- [ ] id: text` words
//! a check. `### predict: Question` asks for a prediction among the lines
//! `- ( ) id: text`, and `### answer` tells it; `### observe`,
//! `### direction` and `### almost` are the hints of a step, and `## debrief:`
//! stands at the end. Between them stand paragraphs and fenced blocks, with
//! `code`, **strong** words and [links](https://kubernetes.io).

use podyard_session::scenario;

/// The words of a lesson in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Its title.
    pub title: String,
    /// What stands before the first step.
    pub blocks: Vec<Block>,
    /// The words of the steps.
    pub steps: Vec<StepText>,
    /// What is told at the end: title and words.
    pub debrief: Option<(String, Vec<Block>)>,
}

/// How a line ends that leads over to what is to be run, in any language.
const LEADS: [&str; 3] = [":", "세요.", "봅시다."];

/// An id and its words.
pub type Worded = (String, Vec<Span>);

/// The words of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepText {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Its checks: ids and words.
    pub checks: Vec<Worded>,
    /// What is to be predicted: the question, and the choices' ids and words.
    pub question: Option<(Vec<Span>, Vec<Worded>)>,
    /// What is said once it has been predicted.
    pub answer: Vec<Block>,
    /// The hints: observe, direction, almost.
    pub hints: [Vec<Block>; 3],
}

/// A paragraph, a list, a picture or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// A line of a list.
    Item(Vec<Span>),
    /// Lines to read.
    Code(String),
    /// A file to load into the editor: its name and text.
    File(String, String),
    /// A command line to run.
    Command(Command),
    /// Simulated time to let pass.
    Wait(Wait),
    /// A small picture: layers of boxes, from top to bottom.
    Picture(Vec<Layer>),
}

/// Simulated time that one press lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wait {
    /// How many seconds.
    pub seconds: i64,
    /// Whether it is for after the step's work.
    pub after: bool,
}

/// A command line to run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The line.
    pub line: String,
    /// Lines that it prints, with words in brackets for what varies.
    pub prints: Vec<String>,
    /// Whether it is for after the step's work.
    pub after: bool,
    /// Whether it is meant to fail.
    pub fails: bool,
}

/// Boxes beside each other, and what stands at the arrows that lead on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layer {
    /// The boxes.
    pub boxes: Vec<Cell>,
    /// The words at the arrows to the next layer.
    pub arrows: String,
}

/// One box of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What stands in it.
    pub label: String,
    /// How it is drawn.
    pub look: Look,
}

/// How a box is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// There and well.
    #[default]
    Plain,
    /// Broken.
    Broken,
    /// Wished for, not there.
    Ghost,
}

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// A name or a piece of a manifest.
    Code(String),
    /// Stressed.
    Strong(String),
    /// A link: its words and its address.
    Link(String, String),
}

impl Block {
    /// What has to be the same in every language: all but a picture's words.
    pub(crate) fn shape(&self) -> Self {
        let Self::Picture(layers) = self else { return self.clone() };
        let bare = |cell: &Cell| Cell { label: String::new(), look: cell.look };
        let layers = layers.iter().map(|layer| Layer {
            boxes: layer.boxes.iter().map(bare).collect(),
            arrows: String::new(),
        });
        Self::Picture(layers.collect())
    }
}

/// What a line of text belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Main,
    Question,
    Answer,
    Hint(usize),
    Debrief,
}

impl Text {
    /// Reads a text; what is not understood stands as it is.
    pub fn read(source: &str) -> Self {
        let mut text = Self::default();
        let mut section = Section::Main;
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix("# ") {
                title.trim().clone_into(&mut text.title);
            } else if let Some(heading) = line.strip_prefix("## ") {
                section = text.begin(heading);
            } else if let Some(heading) = line.strip_prefix("### ") {
                section = text.begin_section(heading);
            } else if let Some(info) = line.strip_prefix("```") {
                let code = lines.by_ref().take_while(|line| !line.starts_with("```"));
                let code: Vec<&str> = code.collect();
                text.blocks_of(section).extend(fenced(info.trim(), &code));
            } else {
                text.take(line, section);
            }
        }
        text
    }

    /// The words of a step.
    pub fn step(&self, id: &str) -> Option<&StepText> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// All that can be pressed or looked at, in order: the same in every
    /// language.
    pub fn offers(&self) -> impl Iterator<Item = &Block> {
        let debrief = self.debrief.iter().flat_map(|(_, blocks)| blocks);
        let steps = self.steps.iter().flat_map(StepText::all_blocks);
        let all = self.blocks.iter().chain(steps).chain(debrief);
        all.filter(|block| !matches!(block, Block::Paragraph(_) | Block::Item(_) | Block::Code(_)))
    }

    fn begin(&mut self, heading: &str) -> Section {
        let (id, title) = split(heading);
        if id == "debrief" {
            self.debrief = Some((title, Vec::new()));
            return Section::Debrief;
        }
        self.steps.push(StepText { id, title, ..StepText::default() });
        Section::Main
    }

    fn begin_section(&mut self, heading: &str) -> Section {
        let (name, rest) = split(heading);
        match name.as_str() {
            "predict" => {
                if let Some(step) = self.steps.last_mut() {
                    step.question = Some((spans(&rest), Vec::new()));
                }
                Section::Question
            }
            "answer" => Section::Answer,
            "observe" => Section::Hint(0),
            "direction" => Section::Hint(1),
            "almost" => Section::Hint(2),
            _ => Section::Main,
        }
    }

    fn take(&mut self, line: &str, section: Section) {
        if line.trim().is_empty() {
            return;
        }
        let step = self.steps.last_mut();
        if let (Some(check), Some(step)) = (line.strip_prefix("- [ ] "), step) {
            let (id, words) = split(check);
            step.checks.push((id, spans(&words)));
            return;
        }
        let question = self.steps.last_mut().and_then(|step| step.question.as_mut());
        if let (Some(choice), Some((_, choices))) = (line.strip_prefix("- ( ) "), question) {
            let (id, words) = split(choice);
            choices.push((id, spans(&words)));
            return;
        }
        let block = match line.strip_prefix("- ") {
            Some(item) => Block::Item(spans(item)),
            None => Block::Paragraph(spans(line)),
        };
        self.blocks_of(section).push(block);
    }

    fn blocks_of(&mut self, section: Section) -> &mut Vec<Block> {
        if section == Section::Debrief {
            return &mut self.debrief.get_or_insert_default().1;
        }
        let Some(step) = self.steps.last_mut() else { return &mut self.blocks };
        match section {
            Section::Answer => &mut step.answer,
            Section::Hint(0) => &mut step.hints[0],
            Section::Hint(1) => &mut step.hints[1],
            Section::Hint(_) => &mut step.hints[2],
            Section::Main | Section::Question | Section::Debrief => &mut step.blocks,
        }
    }
}

impl StepText {
    /// The words of a check.
    pub fn check(&self, id: &str) -> Option<&[Span]> {
        self.checks.iter().find(|(own, _)| own == id).map(|(_, words)| words.as_slice())
    }

    /// How many blocks stand before anything is to be run: what is asked for a
    /// prediction has been told by then. A line that leads over to a block
    /// stays with it.
    pub fn introduction(&self) -> usize {
        let acts =
            |block: &Block| matches!(block, Block::File(..) | Block::Command(_) | Block::Wait(_));
        let first = self.blocks.iter().position(acts).unwrap_or(self.blocks.len());
        let leads = |place: usize| match self.blocks.get(place) {
            Some(Block::Paragraph(words)) => {
                matches!(words.last(), Some(Span::Plain(text)) if LEADS.iter().any(|end| text.ends_with(end)))
            }
            _ => false,
        };
        first - usize::from(first > 0 && leads(first - 1))
    }

    /// All blocks of the step, hints and answer included.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().chain(&self.answer).chain(self.hints.iter().flatten())
    }
}

/// `id: words`.
fn split(text: &str) -> (String, String) {
    let (id, words) = text.split_once(": ").unwrap_or((text, text));
    (id.trim().to_owned(), words.trim().to_owned())
}

fn fenced(info: &str, lines: &[&str]) -> Vec<Block> {
    let mut words = info.split(' ');
    match (words.next(), words.next()) {
        (Some("console"), flag) => commands(info, lines, flag.is_some()),
        (Some("yaml"), Some(name)) => {
            let text = lines.iter().map(|line| format!("{line}\n")).collect();
            vec![Block::File(name.to_owned(), text)]
        }
        (Some("picture"), _) => vec![Block::Picture(picture(lines))],
        (Some("wait"), flag) => lines.iter().filter_map(|line| wait(line, flag)).collect(),
        _ => vec![Block::Code(lines.join("\n"))],
    }
}

/// `45s` or `5m`.
fn wait(line: &str, flag: Option<&str>) -> Option<Block> {
    let length = scenario::seconds(line.trim())?;
    Some(Block::Wait(Wait {
        seconds: length.as_micros() / 1_000_000,
        after: flag == Some("after"),
    }))
}

fn commands(info: &str, lines: &[&str], flagged: bool) -> Vec<Block> {
    let has = |flag: &str| flagged && info.split(' ').any(|word| word == flag);
    let (after, fails) = (has("after"), has("fails"));
    let mut commands: Vec<Command> = Vec::new();
    for line in lines {
        if let Some(line) = line.strip_prefix("$ ") {
            commands.push(Command { line: line.to_owned(), after, fails, ..Command::default() });
        } else if let Some(command) = commands.last_mut().filter(|_| !line.is_empty()) {
            command.prints.push((*line).to_owned());
        }
    }
    commands.into_iter().map(Block::Command).collect()
}

/// A line a layer, `|` between boxes; `> ` words the arrows below. A box that
/// ends with `!` is broken, one with `?` is only wished for.
fn picture(lines: &[&str]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for line in lines {
        if let Some(words) = line.strip_prefix('>') {
            layers
                .last_mut()
                .into_iter()
                .for_each(|layer| words.trim().clone_into(&mut layer.arrows));
            continue;
        }
        let boxes = line.split('|').map(|label| {
            let label = label.trim();
            let (label, look) = match label.strip_suffix('!') {
                Some(label) => (label, Look::Broken),
                None => match label.strip_suffix('?') {
                    Some(label) => (label, Look::Ghost),
                    None => (label, Look::Plain),
                },
            };
            Cell { label: label.trim().to_owned(), look }
        });
        layers.push(Layer { boxes: boxes.collect(), arrows: String::new() });
    }
    layers
}

/// Splits a line at `code`, **strong** words and [links](address).
fn spans(line: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 1 {
            spans.push(Span::Code(part.to_owned()));
            continue;
        }
        for (index, part) in part.split("**").enumerate().filter(|(_, part)| !part.is_empty()) {
            if index % 2 == 1 {
                spans.push(Span::Strong(part.to_owned()));
            } else {
                link(part, &mut spans);
            }
        }
    }
    spans
}

/// Splits a stretch at its links. Only pages of the web are linked to.
fn link(part: &str, spans: &mut Vec<Span>) {
    let mut rest = part;
    while let Some((before, words, address, after)) = next_link(rest) {
        if !before.is_empty() {
            spans.push(Span::Plain(before.to_owned()));
        }
        spans.push(Span::Link(words.to_owned(), address.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        spans.push(Span::Plain(rest.to_owned()));
    }
}

fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = text.split_once("](https://")?;
    let (before, words) = head.rsplit_once('[')?;
    let (address, after) = tail.split_once(')')?;
    let start = text.len() - tail.len() - "https://".len();
    let address = text.get(start..start + "https://".len() + address.len())?;
    Some((before, words, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Span {
        Span::Plain(text.to_owned())
    }

    #[test]
    fn a_text_has_steps_with_commands_and_checks() {
        let text = Text::read(
            "# T\n\nHello.\n\n## a: First\n\nPress **Apply** on `x`.\n\n```console after\n$ kubectl get po\nNAME\n```\n\n- [ ] c: It `is`.\n",
        );
        assert_eq!((text.title.as_str(), text.blocks.len()), ("T", 1));
        let step = text.step("a").expect("is there");
        let code = |text: &str| Span::Code(text.to_owned());
        let strong = Span::Strong("Apply".to_owned());
        let command = Command {
            line: "kubectl get po".to_owned(),
            prints: vec!["NAME".to_owned()],
            after: true,
            fails: false,
        };
        let wanted = [
            Block::Paragraph(vec![plain("Press "), strong, plain(" on "), code("x"), plain(".")]),
            Block::Command(command),
        ];
        assert_eq!(step.blocks, wanted);
        assert_eq!(step.check("c"), Some([plain("It "), code("is"), plain(".")].as_slice()));
    }

    #[test]
    fn questions_hints_and_debrief_stand_apart() {
        let text = Text::read(
            "## a: First\nDo.\n### predict: How many?\n- ( ) one: One\n- ( ) two: Two\n### answer\nTwo.\n### observe\nLook.\n### almost\nThere.\n## debrief: Why\nSo.\n",
        );
        let step = text.step("a").expect("is there");
        let (question, choices) = step.question.clone().expect("is asked");
        assert_eq!((question, choices.len()), (vec![plain("How many?")], 2));
        assert_eq!((step.blocks.len(), step.answer.len(), step.hints[0].len()), (1, 1, 1));
        assert_eq!((step.hints[1].len(), step.hints[2].len()), (0, 1));
        assert_eq!(
            text.debrief.map(|(title, blocks)| (title, blocks.len())),
            Some(("Why".to_owned(), 1))
        );
    }

    #[test]
    fn waiting_is_a_block_of_its_own() {
        let text = Text::read("```wait\n45s\n```\n```wait after\n5m\n```\n");
        let wait = |seconds, after| Block::Wait(Wait { seconds, after });
        assert_eq!(text.blocks, [wait(45, false), wait(300, true)]);
    }

    #[test]
    fn a_prediction_is_asked_for_before_the_first_thing_to_run() {
        let check = |source: &str, wanted: usize| {
            let text = Text::read(&format!("## a: A\n{source}"));
            assert_eq!(text.steps[0].introduction(), wanted, "{source}");
        };
        check("One.\n\nTwo.\n\n```console\n$ ls\n```\n", 2);
        check("One.\n\nTry:\n\n```wait\n5s\n```\n\nThree.\n", 1);
        check("```console\n$ ls\n```\n", 0);
        check("One.\n", 1);
    }

    #[test]
    fn a_picture_is_layers_of_boxes() {
        let text = Text::read("```picture\nService web\n> app=web\nPod | Pod ! | Pod ?\n```\n");
        let Some(Block::Picture(layers)) = text.blocks.first() else { panic!("no picture") };
        assert_eq!(layers[0].arrows, "app=web");
        let looks: Vec<Look> = layers[1].boxes.iter().map(|cell| cell.look).collect();
        assert_eq!(looks, [Look::Plain, Look::Broken, Look::Ghost]);
    }

    #[test]
    fn markup_is_only_text_and_links_lead_to_the_web_only() {
        let text = Text::read("<b onclick=x>hi</b> [a](javascript:b) [c](https://d.e) f\n");
        let wanted = vec![
            plain("<b onclick=x>hi</b> [a](javascript:b) "),
            Span::Link("c".to_owned(), "https://d.e".to_owned()),
            plain(" f"),
        ];
        assert_eq!(text.blocks, [Block::Paragraph(wanted)]);
    }
}
