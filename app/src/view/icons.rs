//! The icons: outlines on a grid of sixteen, in the colour of the text.

use leptos::prelude::*;
use podyard_engine::view::PodHealth;

/// One icon. It is decoration: a word always stands beside it or in its label.
#[component]
pub(crate) fn Icon(
    /// Which one.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" inner_html=move || body(name.get()) />
    }
}

/// The icon of a Pod's state.
pub(crate) fn of_health(health: PodHealth) -> &'static str {
    match health {
        PodHealth::Running => "running",
        PodHealth::Pending => "pending",
        PodHealth::NotReady => "notready",
        PodHealth::Failed => "failed",
        PodHealth::Terminating => "terminating",
        PodHealth::Succeeded => "succeeded",
        PodHealth::Unknown => "unknown",
    }
}

/// The icon of a kind.
pub(crate) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "Deployment" => "deployment",
        "Service" | "Ingress" => "service",
        "ConfigMap" => "config",
        "Secret" => "secret",
        "PersistentVolumeClaim" | "PersistentVolume" => "volume",
        "HorizontalPodAutoscaler" | "PodDisruptionBudget" => "scaler",
        "Job" | "CronJob" => "job",
        "Node" => "node",
        _ => "workload",
    }
}

/// Every icon by name.
const BODIES: &[(&str, &str)] = &[
    ("running", r#"<circle cx="8" cy="8" r="5" fill="currentColor"/>"#),
    (
        "pending",
        r#"<circle cx="8" cy="8" r="5.2"/><path d="M8 8V2.8A5.2 5.2 0 0 1 13.2 8z" fill="currentColor"/>"#,
    ),
    (
        "notready",
        r#"<circle cx="8" cy="8" r="5.2"/><path d="M8 2.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor"/>"#,
    ),
    (
        "failed",
        r#"<circle cx="8" cy="8" r="6" fill="currentColor" stroke="none"/><path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" stroke="var(--raised)"/>"#,
    ),
    (
        "terminating",
        r#"<rect x="3" y="3" width="10" height="10" rx="2"/><path d="m4 10 6-6M6 12.500 12.500 6"/>"#,
    ),
    (
        "unknown",
        r#"<circle cx="8" cy="8" r="5.8"/><path d="M6.300 6.400A1.800 1.800 0 1 1 8 8.500v.7M8 11.200v.1"/>"#,
    ),
    (
        "deployment",
        r#"<path d="M12.600 6.500A5 5 0 1 0 13 8.600"/><path d="M13.200 3.400v3.200H10"/><rect x="6" y="6" width="4" height="4" rx="1" fill="currentColor" stroke="none"/>"#,
    ),
    (
        "workload",
        r#"<rect x="2.500" y="5" width="8.500" height="8.500" rx="1.500"/><path d="M5 2.500h7A1.500 1.500 0 0 1 13.500 4v7"/>"#,
    ),
    (
        "service",
        r#"<path d="M8 1.800 13.600 5v6L8 14.200 2.400 11V5z"/><circle cx="8" cy="8" r="1.600" fill="currentColor" stroke="none"/>"#,
    ),
    (
        "node",
        r#"<rect x="2.500" y="3" width="11" height="4" rx="1"/><rect x="2.500" y="9" width="11" height="4" rx="1"/><path d="M5 5h.01M5 11h.01"/>"#,
    ),
    (
        "control-plane",
        r#"<circle cx="8" cy="8" r="2"/><path d="M8 2v2.500M8 11.500V14M2 8h2.500M11.500 8H14M3.800 3.800l1.700 1.700M10.500 10.500l1.700 1.700M3.800 12.200l1.700-1.700M10.500 5.500l1.700-1.700"/>"#,
    ),
    ("play", r#"<path d="M5 3.500v9l7-4.500z" fill="currentColor"/>"#),
    ("pause", r#"<path d="M5.500 3.500v9M10.500 3.500v9" stroke-width="2"/>"#),
    (
        "step",
        r#"<path d="M4 3.500v9l6-4.500z" fill="currentColor"/><path d="M12.500 3.500v9" stroke-width="2"/>"#,
    ),
    ("list", r#"<path d="M5.500 4h8M5.500 8h8M5.500 12h8M2.500 4h.01M2.500 8h.01M2.500 12h.01"/>"#),
    ("share", r#"<path d="M8 9.500v-7M5.500 4.500 8 2l2.500 2.500M4.500 7.500h-1v6h9v-6h-1"/>"#),
    (
        "reset",
        r#"<path d="M3.200 5.500A5.500 5.500 0 1 1 2.500 8.600"/><path d="M3 2.500v3.200h3.200"/>"#,
    ),
    (
        "sun",
        r#"<circle cx="8" cy="8" r="2.800"/><path d="M8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9"/>"#,
    ),
    (
        "moon",
        r#"<path d="M13.500 9.600A5.800 5.800 0 0 1 6.400 2.500a5.800 5.800 0 1 0 7.100 7.100z"/>"#,
    ),
    (
        "language",
        r#"<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2 1.700 2.600 3.700 2.600 6S10 12.300 8 14c-2-1.700-2.600-3.700-2.600-6S6 3.700 8 2z"/>"#,
    ),
    (
        "lesson",
        r#"<path d="M8 4.200C6.500 3 4.500 2.700 2 2.800v9.400c2.500-.1 4.500.2 6 1.400 1.500-1.200 3.500-1.500 6-1.400V2.800c-2.500-.1-4.500.2-6 1.400zM8 4.200v9.400"/>"#,
    ),
    ("editor", r#"<path d="M5.500 4.500 2 8l3.500 3.500M10.500 4.500 14 8l-3.500 3.500"/>"#),
    (
        "picture",
        r#"<rect x="2" y="2" width="5" height="5" rx="1"/><rect x="9" y="2" width="5" height="5" rx="1"/><rect x="2" y="9" width="5" height="5" rx="1"/><rect x="9" y="9" width="5" height="5" rx="1"/>"#,
    ),
    ("terminal", r#"<path d="m3 4.500 3.500 3.500L3 11.500M8.500 12H13"/>"#),
    ("plus", r#"<path d="M8 3v10M3 8h10"/>"#),
    ("close", r#"<path d="m4 4 8 8m0-8-8 8"/>"#),
    (
        "outside",
        r#"<path d="M4.500 12.500h7a3 3 0 0 0 .5-5.950A4.200 4.200 0 0 0 4 6.100a3.200 3.200 0 0 0 .5 6.400z"/>"#,
    ),
    ("config", r#"<path d="M3.500 2.500h6l3 3v8h-9zM9.500 2.500v3h3M5.500 8.500h5M5.500 11h5"/>"#),
    (
        "secret",
        r#"<rect x="3" y="7" width="10" height="6.500" rx="1.500"/><path d="M5.500 7V5a2.500 2.500 0 0 1 5 0v2"/>"#,
    ),
    (
        "volume",
        r#"<ellipse cx="8" cy="4" rx="5" ry="1.800"/><path d="M3 4v8c0 1 2.200 1.800 5 1.800s5-.8 5-1.800V4M3 8c0 1 2.200 1.800 5 1.800S13 9 13 8"/>"#,
    ),
    ("scaler", r#"<path d="M2.500 13.500v-4M6 13.500v-6M9.500 13.500v-8M13 13.500v-11"/>"#),
    ("job", r#"<circle cx="8" cy="8.500" r="5"/><path d="M8 5.500v3l2 1.500M6.500 1.800h3"/>"#),
    ("send", r#"<path d="M2.500 8h10M8.500 4l4 4-4 4"/>"#),
    ("dns", r#"<path d="M3 4.500h10M3 8h6M3 11.500h8"/>"#),
    ("balancer", r#"<path d="M2 8h3.500M5.500 8l5-4.500H14M5.500 8l5 4.500H14M5.500 8H14"/>"#),
    ("warning", r#"<path d="M8 2.500 14.200 13H1.800zM8 6.500v3M8 11.300v.1"/>"#),
    ("minus", r#"<path d="M3 8h10"/>"#),
    ("undo", r#"<path d="M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H7"/>"#),
    ("drain", r#"<path d="M8 2.500v8M4.500 7.500 8 11l3.500-3.500M3 13.500h10"/>"#),
    ("circle", r#"<circle cx="8" cy="8" r="5"/>"#),
    ("dot", r#"<circle cx="8" cy="8" r="2.500" fill="currentColor" stroke="none"/>"#),
    ("succeeded", r#"<path d="m3 8.500 3.300 3.300L13 5"/>"#),
];

fn body(name: &str) -> &'static str {
    BODIES.iter().find(|(own, _)| *own == name).map(|(_, body)| *body).unwrap_or_default()
}
