//! The files of the editor: the learner's text, the one thing never to lose.

use crate::i18n::Language;
use crate::protocol::File;

/// Several files, of which one is open. There is always at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    all: Vec<File>,
    open: usize,
}

/// What the editor holds when a person comes for the first time.
pub(crate) const SAMPLE_NAME: &str = "nginx.yaml";
/// The text of the sample.
pub(crate) const SAMPLE: &str = include_str!("sample.yaml");
/// The comment that the sample begins with, in English and in Korean.
const SAMPLE_COMMENTS: [&str; 2] = [
    "# Three replicas of a web server, and one address in front of them.\n\
     # Press Apply, then change something and apply again.\n",
    "# 웹 서버 레플리카 세 개와 그 앞에 놓인 주소 하나입니다.\n\
     # 적용을 누른 다음, 값을 바꿔서 다시 적용해 보세요.\n",
];

/// The text of the sample, with its comment in a language.
fn sample(language: Language) -> String {
    let [english, korean] = SAMPLE_COMMENTS;
    match language {
        Language::English => SAMPLE.to_owned(),
        Language::Korean => SAMPLE.replacen(english, korean, 1),
    }
}

impl Default for Files {
    fn default() -> Self {
        Self::of(vec![File { name: SAMPLE_NAME.to_owned(), text: SAMPLE.to_owned() }])
    }
}

impl Files {
    /// These files, the first one open; an empty list becomes one empty file.
    pub(crate) fn of(mut all: Vec<File>) -> Self {
        if all.is_empty() {
            all.push(File { name: "manifest.yaml".to_owned(), text: String::new() });
        }
        Self { all, open: 0 }
    }

    /// Whether the sample is there as it came, but in another language.
    pub(crate) fn speaks_other_than(&self, language: Language) -> bool {
        let others = Language::ALL.into_iter().filter(|other| *other != language);
        let others: Vec<String> = others.map(sample).collect();
        self.all.iter().any(|file| others.contains(&file.text))
    }

    /// Puts the untouched sample into a language.
    pub(crate) fn speak(&mut self, language: Language) {
        let known = Language::ALL.map(sample);
        for file in self.all.iter_mut().filter(|file| known.contains(&file.text)) {
            file.text = sample(language);
        }
    }

    /// All files in order.
    pub(crate) fn all(&self) -> &[File] {
        &self.all
    }

    /// The position of the open file.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// The open file.
    pub(crate) fn current(&self) -> Option<&File> {
        self.all.get(self.open)
    }

    /// The command line that applies every file that holds anything.
    pub(crate) fn apply_line(&self) -> String {
        let mut line = "kubectl apply".to_owned();
        let full = || self.all.iter().filter(|file| !file.text.trim().is_empty());
        let chosen: Vec<&File> =
            if full().next().is_some() { full().collect() } else { self.all.iter().collect() };
        for file in chosen {
            line.push_str(" -f ");
            line.push_str(&quoted(&file.name));
        }
        line
    }

    /// Opens a file.
    pub(crate) fn show(&mut self, index: usize) {
        self.open = index.min(self.all.len().saturating_sub(1));
    }

    /// Opens the file of that name, if there is one.
    pub(crate) fn show_named(&mut self, name: &str) {
        if let Some(index) = self.all.iter().position(|file| file.name == name) {
            self.open = index;
        }
    }

    /// Replaces the text of the open file.
    pub(crate) fn write(&mut self, text: String) {
        if let Some(file) = self.all.get_mut(self.open) {
            file.text = text;
        }
    }

    /// Replaces the text of the file of that name.
    pub(crate) fn write_named(&mut self, name: &str, text: String) {
        if let Some(file) = self.all.iter_mut().find(|file| file.name == name) {
            file.text = text;
        }
    }

    /// Puts a file beside the others, or in the place of the one of its name,
    /// and opens it.
    pub(crate) fn put(&mut self, name: &str, text: String) {
        if self.all.iter().any(|file| file.name == name) {
            self.write_named(name, text);
        } else {
            self.all.push(File { name: name.to_owned(), text });
        }
        self.show_named(name);
    }

    /// The files' names, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.all.iter().map(|file| file.name.as_str()).collect()
    }

    /// Adds an empty file with a free name and opens it.
    pub(crate) fn add(&mut self) {
        let taken = |name: &str| self.all.iter().any(|file| file.name == name);
        let name =
            (1..=self.all.len() + 1).map(|n| format!("file-{n}.yaml")).find(|name| !taken(name));
        self.all.push(File { name: name.unwrap_or_default(), text: String::new() });
        self.open = self.all.len() - 1;
    }

    /// Renames the open file, unless the name is empty or taken.
    pub(crate) fn rename(&mut self, name: &str) {
        let name = name.trim();
        if name.is_empty() || name.contains('/') || self.all.iter().any(|file| file.name == name) {
            return;
        }
        if let Some(file) = self.all.get_mut(self.open) {
            name.clone_into(&mut file.name);
        }
    }

    /// Takes a file away; the last one is only emptied.
    pub(crate) fn close(&mut self, index: usize) {
        if self.all.len() < 2 {
            self.write(String::new());
            return;
        }
        if index < self.all.len() {
            self.all.remove(index);
        }
        if index < self.open {
            self.open -= 1;
        }
        self.show(self.open);
    }

    /// The file with lines `line..line + lines` (from 1) replaced by `text`.
    pub(crate) fn replace_lines(&mut self, name: &str, line: u32, lines: u32, text: &str) {
        let Some(file) = self.all.iter_mut().find(|file| file.name == name) else { return };
        let start = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let count = usize::try_from(lines).unwrap_or(usize::MAX);
        let old: Vec<&str> = file.text.split_inclusive('\n').collect();
        let before = old.iter().take(start).copied();
        let after = old.iter().skip(start.saturating_add(count)).copied();
        file.text = before.chain(std::iter::once(text)).chain(after).collect();
    }
}

/// A file name as a shell wants to read it.
fn quoted(name: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "._-/".contains(letter);
    if name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Files {
        let file = |name: &str, text: &str| File { name: name.to_owned(), text: text.to_owned() };
        Files::of(vec![file("a.yaml", "a: 1"), file("my b.yaml", "b: 2\n")])
    }

    fn text(files: &Files) -> &str {
        files.current().map_or("", |file| &file.text)
    }

    #[test]
    fn all_files_are_applied_by_one_command() {
        assert_eq!(two().apply_line(), "kubectl apply -f a.yaml -f 'my b.yaml'");
    }

    #[test]
    fn the_last_file_stays() {
        let mut files = two();
        files.show(1);
        files.close(0);
        assert_eq!((files.open(), text(&files)), (0, "b: 2\n"));
        files.close(0);
        assert_eq!((files.all().len(), text(&files)), (1, ""));
    }

    #[test]
    fn a_new_file_takes_a_free_name() {
        let mut files = two();
        files.add();
        files.add();
        files.rename("a.yaml");
        let names: Vec<_> = files.all().iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.yaml", "my b.yaml", "file-1.yaml", "file-2.yaml"]);
    }

    #[test]
    fn a_fix_replaces_whole_lines() {
        let mut files = two();
        files.write("a\nb\nc\n".to_owned());
        files.replace_lines("a.yaml", 2, 1, "x\ny\n");
        assert_eq!(text(&files), "a\nx\ny\nc\n");
    }

    #[test]
    fn the_sample_speaks_the_language_until_it_is_touched() {
        let mut files = Files::default();
        assert!(files.speaks_other_than(Language::Korean));
        files.speak(Language::Korean);
        assert!(files.current().is_some_and(|file| file.text.starts_with("# 웹 서버")));
        assert!(!files.speaks_other_than(Language::Korean));
        files.write("kind: Pod\n".to_owned());
        files.speak(Language::English);
        assert_eq!(files.current().map(|file| file.text.as_str()), Some("kind: Pod\n"));
    }
}
