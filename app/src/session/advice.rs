//! The worker's advice as Monaco wants it, in the page's language.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;

use super::Session;
use super::editor::{object, put};
use crate::i18n::{Language, Say, Word};
use crate::protocol::{About, Advice, Explanation, Lens, Proposal, Spot, Wish};

impl Session {
    /// What may stand at a place, for Monaco.
    pub(super) fn complete(self, spot: Spot) -> Promise {
        let line = spot.line;
        self.promise(Wish::Complete(spot), move |advice, say| match advice {
            Some(Advice::Proposals(all)) => {
                all.iter().map(|own| completion(own, line, say)).collect::<Array>().into()
            }
            _ => Array::new().into(),
        })
    }

    /// What the field at a place means, for Monaco.
    pub(super) fn explain(self, spot: Spot) -> Promise {
        let line = spot.line;
        self.promise(Wish::Explain(spot), move |advice, say| match advice {
            Some(Advice::Explanation(Some(own))) => hover(&own, line, say).into(),
            _ => JsValue::NULL,
        })
    }

    /// Whom the selectors of a file select, for Monaco.
    pub(super) fn lenses(self, file: String) -> Promise {
        self.promise(Wish::Lenses, move |advice, say| match advice {
            Some(Advice::Lenses(all)) => {
                let own = all.iter().filter(|lens| lens.file == file);
                own.map(|lens| shown(lens, say)).collect::<Array>().into()
            }
            _ => Array::new().into(),
        })
    }

    fn promise(
        self,
        wish: Wish,
        read: impl Fn(Option<Advice>, Say) -> JsValue + Clone + 'static,
    ) -> Promise {
        let say = self.state().say();
        Promise::new(&mut |resolve, _| {
            let read = read.clone();
            self.advise(wish.clone(), move |advice| {
                // Nobody listens to what a promise's function gives back.
                let _ = resolve.call1(&JsValue::NULL, &read(advice, say));
            });
        })
    }
}

fn completion(own: &Proposal, line: u32, say: Say) -> Object {
    let kind = match own.about {
        About::Field { .. } => "field",
        About::Value => "value",
        About::Name => "reference",
        About::Snippet { .. } => "snippet",
    };
    let all = object(&[
        ("label", own.label.as_str().into()),
        ("text", own.text.as_str().into()),
        ("kind", kind.into()),
        ("snippet", (kind == "snippet").into()),
        ("asksOn", own.asks_on.into()),
        ("range", range(line, own.from, own.to).into()),
    ]);
    match &own.about {
        About::Field { type_name, required, description } => {
            put(&all, "detail", &type_line(type_name, *required, say).into());
            if !description.is_empty() {
                put(&all, "documentation", &markdown(description).into());
            }
        }
        About::Snippet { english, korean } => {
            let why = if say.language() == Language::Korean { korean } else { english };
            put(&all, "detail", &why.as_str().into());
            put(
                &all,
                "documentation",
                &format!("```yaml\n{}\n```", without_gaps(&own.text)).into(),
            );
        }
        About::Value | About::Name => {}
    }
    all
}

fn hover(own: &Explanation, line: u32, say: Say) -> Object {
    let mut text =
        format!("**{}** · {}\n\n", own.path, type_line(&own.type_name, own.required, say));
    let mut told = |word: Word, value: &str| {
        text.push_str(&format!("{}: `{value}`  \n", say.now(word)));
    };
    if let Some(default) = &own.default {
        told(Word::FieldDefault, default);
    }
    if !own.values.is_empty() {
        told(Word::FieldChoices, &own.values.join("`, `"));
    }
    if let Some(live) = &own.live {
        told(Word::FieldLive, live);
    }
    text.push_str(&format!("\n{}", markdown(&own.description)));
    object(&[("text", text.into()), ("range", range(line, own.from, own.to).into())])
}

fn shown(lens: &Lens, say: Say) -> Object {
    let title = match lens.pods {
        0 => say.now(Word::SelectsNobody).to_owned(),
        1 => say.now(Word::SelectsOne).to_owned(),
        pods => say.fill(Word::Selects, &[&pods]),
    };
    object(&[
        ("line", lens.line.into()),
        ("title", title.into()),
        ("id", lens.path.as_str().into()),
    ])
}

fn type_line(type_name: &str, required: bool, say: Say) -> String {
    if required {
        format!("{type_name} · {}", say.now(Word::FieldRequired))
    } else {
        type_name.to_owned()
    }
}

fn range(line: u32, from: u32, to: u32) -> Object {
    object(&[
        ("line", line.into()),
        ("column", from.into()),
        ("endLine", line.into()),
        ("endColumn", to.into()),
    ])
}

/// Kubernetes' descriptions are plain text: nothing in them is markup.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '_' | '<' | '>' | '[' | ']' | '#') {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

/// A snippet as it looks before anybody fills its gaps.
fn without_gaps(snippet: &str) -> String {
    let mut text = String::new();
    let mut rest = snippet;
    while let Some((before, after)) = rest.split_once("${") {
        let (gap, behind) = after.split_once('}').unwrap_or((after, ""));
        let word = gap.trim_start_matches(|own: char| own.is_ascii_digit());
        let word = word.trim_start_matches([':', '|']).split([',', '|']).next();
        text.push_str(before);
        text.push_str(word.unwrap_or_default());
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_show_what_they_propose() {
        assert_eq!(without_gaps("a: ${1:web}\nb: ${2|X,Y|}\n"), "a: web\nb: X\n");
    }

    #[test]
    fn words_of_kubernetes_are_no_markup() {
        assert_eq!(markdown("a_b <c> [d](e)"), "a\\_b \\<c\\> \\[d\\](e)");
    }
}
