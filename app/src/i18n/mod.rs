//! The interface's words in English and Korean. Kubernetes' own words (kinds,
//! fields, reasons) are never translated.

mod words;

use leptos::prelude::*;

pub(crate) use self::words::Word;
use crate::protocol::Help;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// English.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// All languages, in the order they are offered.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag, for `lang` attributes and storage.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The same for the words of lessons.
    pub(crate) fn of_lessons(self) -> podyard_lesson::Language {
        match self {
            Self::English => podyard_lesson::Language::English,
            Self::Korean => podyard_lesson::Language::Korean,
        }
    }

    /// Its name in itself.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// The language of a tag such as `ko` or `ko-KR`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.tag() == primary)
    }
}

/// Says words in the chosen language; what it says changes with the choice.
#[derive(Clone, Copy)]
pub(crate) struct Say(pub(crate) RwSignal<Language>);

impl Say {
    /// A word, for use in markup.
    pub(crate) fn word(
        self,
        word: Word,
    ) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || word.text(self.0.get())
    }

    /// The language itself; tracks it where tracking is on.
    pub(crate) fn language(self) -> Language {
        self.0.get()
    }

    /// A word as it is now; tracks the language where tracking is on.
    pub(crate) fn now(self, word: Word) -> &'static str {
        word.text(self.0.get())
    }

    /// What we add to Kubernetes' words about a mistake.
    pub(crate) fn help(self, help: &Help) -> String {
        match help {
            Help::MeantToBe(name) => self.fill(Word::HelpMeantToBe, &[name]),
            Help::BelongsTo(field, place) => self.fill(Word::HelpBelongsTo, &[field, place]),
            Help::SpaceAfterColon => self.now(Word::HelpSpaceAfterColon).to_owned(),
            Help::Indentation => self.now(Word::HelpIndentation).to_owned(),
            Help::Tabs => self.now(Word::HelpTabs).to_owned(),
            Help::LabelsOfTemplate => self.now(Word::HelpLabelsOfTemplate).to_owned(),
        }
    }

    /// A word with its gaps `{0}`, `{1}` filled; languages order them freely.
    pub(crate) fn fill(self, word: Word, values: &[&dyn std::fmt::Display]) -> String {
        let mut text = String::new();
        let mut rest = self.now(word);
        while let Some((before, after)) = rest.split_once('{') {
            let (number, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = number.parse::<usize>().ok().and_then(|number| values.get(number));
            text.push_str(before);
            text.push_str(&value.map(ToString::to_string).unwrap_or_default());
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that stand as they are in Korean texts too.
    const SAME_IN_BOTH: [Word; 2] = [Word::Title, Word::Yaml];

    fn is_hangul(letter: char) -> bool {
        ('가'..='힣').contains(&letter)
    }

    #[test]
    fn every_word_is_there_in_both_languages() {
        for word in Word::ALL.iter().copied() {
            let (english, korean) = (word.text(Language::English), word.text(Language::Korean));
            assert!(!english.is_empty() && !english.contains(is_hangul), "{word:?}: {english}");
            let korean_enough = korean.contains(is_hangul) || SAME_IN_BOTH.contains(&word);
            assert!(korean_enough, "{word:?}: {korean}");
        }
    }

    #[test]
    fn both_languages_have_the_same_gaps_to_fill() {
        for word in Word::ALL.iter().copied() {
            let gaps = |language| {
                let parts = word.text(language).split('{').skip(1);
                let mut gaps: Vec<&str> = parts.filter_map(|part| part.split('}').next()).collect();
                gaps.sort_unstable();
                gaps
            };
            assert_eq!(gaps(Language::English), gaps(Language::Korean), "{word:?}");
        }
    }

    #[test]
    fn a_language_is_found_by_any_of_its_tags() {
        assert_eq!(Language::of_tag("ko-KR"), Some(Language::Korean));
        assert_eq!(Language::of_tag("EN"), Some(Language::English));
        assert_eq!(Language::of_tag("fr"), None);
    }
}
