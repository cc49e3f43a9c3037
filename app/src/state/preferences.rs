//! The choices of a person that outlive a visit.

use crate::i18n::Language;

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The pictures over one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Aspect {
    /// Nodes with their Pods.
    #[default]
    Cluster,
    /// Who owns whom.
    Objects,
    /// Who sends requests to whom.
    Traffic,
}

/// The panes, of which a narrow screen shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The lesson.
    Lesson,
    /// The editor.
    Editor,
    /// The picture.
    Picture,
    /// The terminal.
    Terminal,
}

/// The choices of a person that outlive a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// The language.
    pub(crate) language: Language,
    /// The theme.
    pub(crate) theme: Theme,
    /// The picture.
    pub(crate) aspect: Aspect,
    /// Whether the lesson is open.
    pub(crate) lesson_open: bool,
    /// Whether the cluster's own Pods are drawn.
    pub(crate) system_shown: bool,
    /// How much of the window's width the editor takes, in percent.
    pub(crate) column: u32,
    /// How much of the height the editor takes above the terminal.
    pub(crate) row: u32,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::default(),
            theme: Theme::default(),
            aspect: Aspect::default(),
            lesson_open: false,
            system_shown: false,
            column: 42,
            row: 60,
        }
    }
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in storage and in the page's `data-theme`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Aspect {
    /// All pictures, in the order of their tabs.
    pub(crate) const ALL: [Self; 3] = [Self::Cluster, Self::Objects, Self::Traffic];

    /// Its name in storage and in the page's `data-aspect`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Objects => "objects",
            Self::Traffic => "traffic",
        }
    }
}

impl Pane {
    /// Its name in the page's `data-pane`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Editor => "editor",
            Self::Picture => "picture",
            Self::Terminal => "terminal",
        }
    }
}

impl Preferences {
    /// One line, `key=value` with spaces between.
    pub(crate) fn to_line(self) -> String {
        format!(
            "language={} theme={} aspect={} lesson={} system={} column={} row={}",
            self.language.tag(),
            self.theme.key(),
            self.aspect.key(),
            self.lesson_open,
            self.system_shown,
            self.column,
            self.row,
        )
    }

    /// Reads [`to_line`](Self::to_line); what is missing or unknown stays as
    /// it is in `self`.
    pub(crate) fn overlaid_with(mut self, line: &str) -> Self {
        for (key, value) in line.split(' ').filter_map(|part| part.split_once('=')) {
            match key {
                "language" => self.language = Language::of_tag(value).unwrap_or(self.language),
                "theme" => self.theme = find(&Theme::ALL, value, Theme::key).unwrap_or(self.theme),
                "aspect" => {
                    self.aspect = find(&Aspect::ALL, value, Aspect::key).unwrap_or(self.aspect);
                }
                "lesson" => self.lesson_open = value == "true",
                "system" => self.system_shown = value == "true",
                "column" => self.column = value.parse().unwrap_or(self.column),
                "row" => self.row = value.parse().unwrap_or(self.row),
                _ => {}
            }
        }
        self
    }
}

fn find<T: Copy>(all: &[T], key: &str, key_of: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|one| key_of(*one) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_survive_storage() {
        let chosen = Preferences {
            language: Language::Korean,
            theme: Theme::Dark,
            aspect: Aspect::Traffic,
            lesson_open: true,
            system_shown: false,
            column: 30,
            row: 70,
        };
        assert_eq!(Preferences::default().overlaid_with(&chosen.to_line()), chosen);
    }

    #[test]
    fn what_is_not_understood_changes_nothing() {
        let odd = "language=tlh theme= future=1 nonsense";
        assert_eq!(Preferences::default().overlaid_with(odd), Preferences::default());
    }
}
