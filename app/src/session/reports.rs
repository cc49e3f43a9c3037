//! What the worker's news do to the page, and what happens when it falls over.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::Session;
use super::channel::News;
use crate::i18n::Word;
use crate::protocol::{Command, Report};
use crate::startup;
use crate::state::{Cluster, Requests, Timeline, Traffics};

/// A picture of so many Pods rests a millisecond more between two looks.
const PODS_PER_MS: usize = 20;
/// Shorter rests are not worth a timer.
const SHORTEST_REST_MS: u32 = 40;
/// The picture never rests longer.
const LONGEST_REST_MS: u32 = 1_500;
/// A worker that falls over this often in a row is not started again.
const MAX_CRASHES: u32 = 3;

impl Session {
    /// Starts a worker with a new cluster.
    pub(super) fn wake(self) {
        self.state.awake.set(false);
        let started =
            self.channel.try_update_value(|channel| channel.start(move |news| self.hear(news)));
        if !matches!(started, Some(Ok(()))) {
            return self.tell(Word::NoWorker, "");
        }
        self.send(Self::beginning());
        self.send(Command::Pace(self.state.pace.get_untracked()));
        self.describe();
        // A worker that fell over has answered nothing.
        self.calls.update_value(super::Calls::end_check);
        self.check_text();
    }

    fn hear(self, news: News) {
        match news {
            News::Report(report) => self.take(report),
            News::Broken(message) => self.crashed(&message),
        }
    }

    fn take(self, report: Report) {
        let state = self.state;
        match report {
            Report::Awake => self.channel.update_value(super::Channel::woke),
            Report::Started(at) => {
                state.selection.set(None);
                state.cluster.set(Cluster::default());
                state.timeline.set(Timeline::beginning(at));
                state.requests.set(Requests::default());
                state.traffic.set(Traffics::default());
                state.past.set(None);
                state.awake.set(true);
                self.check_text();
            }
            Report::Opened(files) => self.take_files(files),
            Report::Refused(trouble) => self.refuse_link(trouble),
            Report::Differs => self.tell(Word::LinkDiffers, ""),
            Report::Clock(now) => state.timeline.update(|timeline| timeline.tick(now)),
            Report::Deeds(deeds) => state.timeline.update(|timeline| timeline.set_deeds(deeds)),
            Report::Changes(deltas) => self.take_deltas(deltas),
            Report::Stopped(names) => state.cluster.update(|cluster| cluster.stopped = names),
            Report::Requests(requests) => state.requests.update(|seen| seen.take(requests)),
            Report::Traffic(all) => state.traffic.update(|traffic| traffic.take(all)),
            Report::Printed(call, channel, text) => self.printed(call, channel, &text),
            Report::Reads(call) => state.terminal.update(|terminal| terminal.reads(call)),
            Report::Ended(call, code) => self.ended(call, code),
            Report::Problems(edition, problems) => self.take_problems(edition, problems),
            Report::Advice(ask, advice) => self.advised(ask, advice),
            Report::Opinion(opinion) => state.opinion.set(Some(opinion)),
            Report::Verdicts(step, verdicts) => self.take_verdicts(step, verdicts),
            Report::Crashed(message) => self.crashed(&message),
        }
    }

    fn take_deltas(self, deltas: Vec<podyard_engine::view::Delta>) {
        let mut others = Vec::new();
        let mut drawn = false;
        self.state.cluster.update_untracked(|cluster| {
            for delta in deltas {
                match cluster.apply(delta) {
                    Some(other) => others.push(other),
                    None => drawn = true,
                }
            }
        });
        if drawn {
            self.redraw();
        }
        if !others.is_empty() {
            self.state
                .timeline
                .update(|timeline| others.into_iter().for_each(|delta| timeline.apply(delta)));
        }
        let gone = self.state.selection.get_untracked().filter(|id| {
            self.state.cluster.with_untracked(|cluster| cluster.reference(*id).is_none())
        });
        if gone.is_some() {
            self.state.selection.set(None);
        }
    }

    /// Shows what has changed: at once, or where there is much of it a little
    /// later, together with what comes meanwhile.
    fn redraw(self) {
        let pods = self.state.cluster.with_untracked(|cluster| cluster.sums.pods(true));
        let rest_ms = u32::try_from(pods / PODS_PER_MS).unwrap_or(u32::MAX).min(LONGEST_REST_MS);
        if rest_ms < SHORTEST_REST_MS {
            return self.show_now();
        }
        self.painter.update_value(|painter| {
            let paint = move || {
                self.painter.set_value(None);
                self.show_now();
            };
            painter.get_or_insert_with(|| Timeout::new(rest_ms, paint));
        });
    }

    fn show_now(self) {
        self.state.cluster.notify();
        // Once it is drawn, which happens before the next task.
        Timeout::new(0, startup::pictured).forget();
    }

    /// A request has been seen to its end.
    pub(crate) fn forget_request(self, number: u64) {
        self.state.requests.update(|seen| seen.forget(number));
    }

    /// The worker fell over: the text stays, the cluster begins anew.
    fn crashed(self, message: &str) {
        let crashes = self.calls.try_update_value(super::Calls::count_crash).unwrap_or(MAX_CRASHES);
        self.channel.update_value(super::Channel::stop);
        self.state.awake.set(false);
        self.fail_calls();
        if crashes < MAX_CRASHES {
            self.tell(Word::Crashed, message);
            self.wake();
        } else {
            self.tell(Word::NoWorker, message);
        }
    }

    /// Looks at the text again whenever it changes.
    pub(super) fn watch_text(self) {
        Effect::new(move |_| {
            self.state.files.track();
            self.check_text();
        });
    }

    /// Has the text looked at: now, or once the worker has answered about an
    /// older one, so that nothing piles up behind a fast hand.
    fn check_text(self) {
        let edition = self.calls.try_update_value(super::Calls::begin_check).flatten();
        if let Some(edition) = edition {
            let files = self.state.files.with_untracked(|files| files.all().to_vec());
            self.send(Command::Check { edition, files });
        }
    }

    fn take_problems(self, edition: u32, problems: Vec<crate::protocol::Problem>) {
        self.calls.update_value(super::Calls::end_check);
        if self.calls.with_value(|calls| calls.is_current(edition)) {
            self.state.problems.set(problems);
        } else {
            // It would mark the wrong lines.
            self.check_text();
        }
    }
}
