//! The words of a lesson: a small part of Markdown, and nothing of HTML.
//!
//! `# ` titles the lesson, `## id: Title` begins a step, `- [ ] id: text` words
//! a check. Between them stand paragraphs and fenced blocks, with `code` and
//! **strong** words.

/// The words of a lesson in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text {
    /// Its title.
    pub(crate) title: String,
    /// What stands before the first step.
    pub(crate) blocks: Vec<Block>,
    /// The words of the steps.
    pub(crate) steps: Vec<StepText>,
}

/// The words of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StepText {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// What it says.
    pub(crate) blocks: Vec<Block>,
    /// Its checks: ids and words.
    pub(crate) checks: Vec<(String, Vec<Span>)>,
}

/// A paragraph or a block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Lines to read.
    Code(String),
    /// A command line to run.
    Command(String),
}

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    /// As it is.
    Plain(String),
    /// A name or a piece of a manifest.
    Code(String),
    /// Stressed.
    Strong(String),
}

impl Text {
    /// Reads a text; what is not understood stands as it is.
    pub(crate) fn read(source: &str) -> Self {
        let mut text = Self::default();
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix("# ") {
                title.trim().clone_into(&mut text.title);
            } else if let Some(heading) = line.strip_prefix("## ") {
                let (id, title) = heading.split_once(": ").unwrap_or((heading, heading));
                let (id, title) = (id.to_owned(), title.to_owned());
                text.steps.push(StepText { id, title, ..StepText::default() });
            } else if let Some(kind) = line.strip_prefix("```") {
                let code = lines.by_ref().take_while(|line| !line.starts_with("```"));
                let code: Vec<&str> = code.collect();
                text.blocks_here().extend(code_blocks(kind, &code));
            } else if let Some(check) = line.strip_prefix("- [ ] ") {
                let (id, words) = check.split_once(": ").unwrap_or((check, check));
                if let Some(step) = text.steps.last_mut() {
                    step.checks.push((id.to_owned(), spans(words)));
                }
            } else if !line.trim().is_empty() {
                text.blocks_here().push(Block::Paragraph(spans(line)));
            }
        }
        text
    }

    /// The words of a step.
    pub(crate) fn step(&self, id: &str) -> Option<&StepText> {
        self.steps.iter().find(|step| step.id == id)
    }

    fn blocks_here(&mut self) -> &mut Vec<Block> {
        match self.steps.last_mut() {
            Some(step) => &mut step.blocks,
            None => &mut self.blocks,
        }
    }
}

impl StepText {
    /// The words of a check.
    pub(crate) fn check(&self, id: &str) -> Option<&[Span]> {
        self.checks.iter().find(|(own, _)| own == id).map(|(_, words)| words.as_slice())
    }
}

fn code_blocks(kind: &str, lines: &[&str]) -> Vec<Block> {
    if kind.trim() != "console" {
        return vec![Block::Code(lines.join("\n"))];
    }
    let commands = lines.iter().filter_map(|line| line.strip_prefix("$ "));
    commands.map(|line| Block::Command(line.to_owned())).collect()
}

/// Splits a line at `code` and **strong** words.
fn spans(line: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 1 {
            spans.push(Span::Code(part.to_owned()));
            continue;
        }
        for (index, part) in part.split("**").enumerate().filter(|(_, part)| !part.is_empty()) {
            let part = part.to_owned();
            spans.push(if index % 2 == 1 { Span::Strong(part) } else { Span::Plain(part) });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_steps_with_commands_and_checks() {
        let text = Text::read(
            "# T\n\nHello.\n\n## a: First\n\nPress **Apply** on `x`.\n\n```console\n$ kubectl get po\n```\n\n- [ ] c: It `is`.\n",
        );
        assert_eq!((text.title.as_str(), text.blocks.len()), ("T", 1));
        let step = text.step("a").expect("is there");
        let plain = |text: &str| Span::Plain(text.to_owned());
        let code = |text: &str| Span::Code(text.to_owned());
        let wanted = [
            Block::Paragraph(vec![
                plain("Press "),
                Span::Strong("Apply".to_owned()),
                plain(" on "),
                code("x"),
                plain("."),
            ]),
            Block::Command("kubectl get po".to_owned()),
        ];
        assert_eq!(step.blocks, wanted);
        assert_eq!(step.check("c"), Some([plain("It "), code("is"), plain(".")].as_slice()));
    }

    #[test]
    fn markup_is_only_text() {
        let text = Text::read("<b onclick=x>hi</b>\n");
        assert_eq!(
            text.blocks,
            [Block::Paragraph(vec![Span::Plain("<b onclick=x>hi</b>".to_owned())])]
        );
    }
}
