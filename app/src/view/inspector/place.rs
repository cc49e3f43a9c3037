//! A way from an object's field to the line of the editor where it stands.

use leptos::prelude::*;
use podyard_engine::view::Id;

use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::Cluster;
use crate::state::fields::FieldPlace;
use crate::view::icons::Icon;

/// A button that goes to the field, if the editor has it.
#[component]
pub(super) fn FieldLink(
    /// The session.
    session: Session,
    /// The object.
    id: Id,
    /// The field's path.
    field: String,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let place = Memo::new(move |_| {
        let written = state.cluster.with(|cluster| written(cluster, id, &field));
        state.files.with(|files| {
            written.iter().find_map(|(kind, name, field)| files.find_field(kind, name, field))
        })
    });
    let link = move |place: FieldPlace| {
        let text = say.fill(Word::GoToLine, &[&place.file, &place.line]);
        let go = move |_| session.dispatch(Action::GoTo(place.clone()));
        view! {
            <button class="field-link" data-testid="field-link" on:click=go>
                <Icon name="editor" />
                {text}
            </button>
        }
    };
    move || place.get().map(link)
}

/// As which objects and fields a manifest may have written it: itself, or the
/// template of one of its owners.
fn written(cluster: &Cluster, id: Id, field: &str) -> Vec<(String, String, String)> {
    let Some(own) = cluster.reference(id) else { return Vec::new() };
    let mut written = vec![(own.kind.clone(), own.name, field.to_owned())];
    let root = cluster.root_of(id).and_then(|root| cluster.reference(root));
    if let Some(root) = root.filter(|_| own.kind == "Pod") {
        let template = if root.kind == "CronJob" {
            "spec.jobTemplate.spec.template."
        } else {
            "spec.template."
        };
        written.push((root.kind, root.name, format!("{template}{field}")));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    #[test]
    fn a_pods_field_is_written_in_its_deployments_template() {
        let cluster = sample();
        let (pod, _) = cluster.pods.iter().next().expect("a Pod");
        let written = written(&cluster, *pod, "spec.nodeSelector");
        let (kind, name, field) = written.last().expect("two ways");
        assert_eq!((kind.as_str(), name.as_str()), ("Deployment", "web"));
        assert_eq!(field, "spec.template.spec.nodeSelector");
    }
}
