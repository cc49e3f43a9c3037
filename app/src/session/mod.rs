//! The page's end of the channel, and the only writer of its state.
//!
//! A person's gestures come in as [`Action`]s, the worker's news as reports;
//! both end as changes of [`State`]. A button runs the command line a learner
//! would type, and the terminal shows it.

mod advice;
mod assist;
mod calls;
mod channel;
mod descriptions;
mod editor;
mod javascript;
mod lesson;
mod link;
mod reports;
mod shelf;
mod storage;
mod time;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use podyard_engine::view::Id;
use podyard_lesson::Thing;

use self::assist::Asked;
use self::calls::Calls;
pub(crate) use self::calls::Outcome;
use self::channel::Channel;
pub(crate) use self::editor::{Editor as RichEditor, EditorOptions, load_editor};
use crate::browser;
use crate::i18n::{Language, Word};
use crate::protocol::{Command, Fix, Pace, Setup};
use crate::state::fields::FieldPlace;
use crate::state::{Aspect, Desk, Files, Notice, Pane, State, Terminal, Theme};

/// Everything a person can do on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Apply the editor's files to the cluster.
    Apply,
    /// Run a command line in the terminal.
    Run(String),
    /// Press Enter in the terminal after this line.
    Enter(String),
    /// Give up the lines that are no whole command yet.
    Discard,
    /// Interrupt what runs in the terminal.
    Interrupt,
    /// Type into what runs in the terminal.
    Type(String),
    /// Replace the text of the open file.
    Write(String),
    /// Replace the text of the file of that name.
    WriteFile(String, String),
    /// Open the file of that name.
    OpenNamed(String),
    /// Open a file, by its place among the tabs.
    OpenFile(usize),
    /// Add an empty file.
    AddFile,
    /// Rename the open file.
    RenameFile(String),
    /// Take a file away.
    CloseFile(usize),
    /// Mend a problem in the file of that name.
    Mend(String, Fix),
    /// Set how fast time goes.
    SetPace(Pace),
    /// Show a place in the editor.
    GoTo(FieldPlace),
    /// Show the cluster as it was so many seconds after its beginning.
    Seek(i64),
    /// Go on from the moment that is shown.
    Branch,
    /// Jump to the next thing that happens.
    Step,
    /// Choose an object, or none.
    Select(Option<Id>),
    /// Show another picture.
    Show(Aspect),
    /// Show another pane, where only one fits.
    ShowPane(Pane),
    /// Open or close the lesson.
    ToggleLesson,
    /// Open the lesson of that id, where it was left.
    OpenLesson(String),
    /// Begin the open lesson again.
    RestartLesson,
    /// Leave the open lesson for the person's own work.
    LeaveLesson,
    /// Show one more hint.
    Hint,
    /// Predict, in a step, by a choice.
    Predict(String, String),
    /// Let so many simulated seconds pass at once.
    LetPass(i64),
    /// Put a file beside the others, and open it.
    LoadFile(String, String),
    /// Choose the object that a check speaks of.
    PointAt(Thing),
    /// Save the progress in the lessons as a file.
    ExportProgress,
    /// Take over the progress of a file's text.
    ImportProgress(String),
    /// Draw the cluster's own Pods, or not.
    ToggleSystem,
    /// Speak another language.
    Speak(Language),
    /// Wear another theme.
    Wear(Theme),
    /// Show what can be shared: the whole session, or only its files.
    Share(bool),
    /// Put a text on the clipboard.
    Copy(String),
    /// Save a text as a file of that name.
    Save(String, String),
    /// Open a packed session beside the one there.
    Reopen(String),
    /// Close the window about sharing.
    CloseShare,
    /// Begin with a new cluster.
    Reset(Setup),
    /// Close the message at the top.
    Dismiss,
}

/// A handle to the session, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    state: State,
    /// Whether the files are from an earlier visit to this address.
    has_kept_files: bool,
    channel: StoredValue<Channel, LocalStorage>,
    calls: StoredValue<Calls, LocalStorage>,
    /// What the editor has asked.
    asked: StoredValue<Asked, LocalStorage>,
    /// When the picture of a large cluster is drawn next.
    painter: StoredValue<Option<Timeout>, LocalStorage>,
    /// When the session is kept next.
    keeper: StoredValue<Option<Timeout>, LocalStorage>,
}

/// The speed before the last pause, for the button that lets time run again.
const DEFAULT_PACE: Pace = Pace(1);

impl Session {
    /// Opens the session a person left, or a first one.
    pub(crate) fn open() -> Self {
        let desk = Self::desk_of_address();
        let kept = storage::files(&desk);
        let has_kept_files = kept.is_some();
        let files = kept.unwrap_or_default();
        let state = State::new(files, storage::history(), storage::preferences());
        let session = Self {
            state,
            has_kept_files,
            channel: StoredValue::new_local(Channel::default()),
            calls: StoredValue::new_local(Calls::default()),
            asked: StoredValue::new_local(Asked::default()),
            painter: StoredValue::new_local(None),
            keeper: StoredValue::new_local(None),
        };
        state.desk.set(desk);
        session.begin_keeping();
        storage::keep(state);
        session.wake();
        session.watch_text();
        session.translate_sample();
        session.teach();
        session.watch_address();
        session.open_lesson_of_address();
        javascript::offer(session);
        session
    }

    /// What the page shows.
    pub(crate) fn state(self) -> State {
        self.state
    }

    /// Does what a person asked for.
    pub(crate) fn dispatch(self, action: Action) {
        let state = self.state;
        match action {
            Action::Apply => self.apply(),
            Action::Run(line) => self.run_in_terminal(&line, |_| {}),
            Action::Enter(line) => self.enter(line),
            Action::Discard => state.terminal.update(Terminal::discard),
            Action::Interrupt => self.interrupt(),
            Action::Type(text) => self.type_in(text),
            Action::Write(text) => state.files.update(|files| files.write(text)),
            Action::WriteFile(name, text) => {
                state.files.update(|files| files.write_named(&name, text));
            }
            Action::OpenNamed(name) => state.files.update(|files| files.show_named(&name)),
            Action::OpenFile(index) => state.files.update(|files| files.show(index)),
            Action::AddFile => state.files.update(Files::add),
            Action::RenameFile(name) => state.files.update(|files| files.rename(&name)),
            Action::CloseFile(index) => state.files.update(|files| files.close(index)),
            Action::Mend(file, fix) => {
                state
                    .files
                    .update(|files| files.replace_lines(&file, fix.line, fix.lines, &fix.text));
                // What was found in the text of before is not to be mended again.
                state.problems.update(|problems| problems.retain(|problem| problem.file != file));
            }
            Action::SetPace(pace) => self.set_pace(pace),
            Action::GoTo(place) => self.go_to(&place),
            Action::Seek(secs) => self.seek(secs),
            Action::Branch => self.branch(),
            Action::Step => self.send(Command::Step),
            Action::Select(id) => state.selection.set(id),
            Action::Show(aspect) => state.aspect.set(aspect),
            Action::ShowPane(pane) => self.show_pane(pane),
            Action::ToggleLesson => state.lesson_open.update(|open| *open = !*open),
            Action::OpenLesson(id) => self.open_lesson(id, false),
            Action::RestartLesson => {
                if let Desk::Lesson(id) = state.desk.get_untracked() {
                    self.open_lesson(id, true);
                }
            }
            Action::LeaveLesson => self.leave_lesson(),
            Action::Hint => self.hint(),
            Action::LetPass(seconds) => self.advance(seconds * 1_000_000, |_| {}),
            Action::Predict(step, choice) => self.predict(step, choice),
            Action::LoadFile(name, text) => self.load_file(&name, text),
            Action::PointAt(thing) => self.point_at(&thing),
            Action::ExportProgress => self.export_progress(),
            Action::ImportProgress(text) => self.import_progress(&text),
            Action::ToggleSystem => state.system_shown.update(|shown| *shown = !*shown),
            Action::Speak(language) => state.language.set(language),
            Action::Wear(theme) => state.theme.set(theme),
            Action::Share(whole) => self.share(whole),
            Action::Copy(text) => self.copy(&text),
            Action::Save(name, text) => browser::download(&name, &text),
            Action::Reopen(packed) => self.reopen(&packed),
            Action::CloseShare => state.share.set(None),
            Action::Reset(setup) => self.reset(setup),
            Action::Dismiss => state.notice.set(None),
        }
    }

    /// Lets time run if it stands, and stops it if it runs.
    pub(crate) fn toggle_pace(self) {
        let standing = self.state.pace.get_untracked() == Pace::PAUSED;
        self.dispatch(Action::SetPace(if standing { DEFAULT_PACE } else { Pace::PAUSED }));
    }

    /// Goes to the next speed on offer, and from the last to the first that
    /// lets time run.
    pub(crate) fn quicken(self) {
        let pace = self.state.pace.get_untracked();
        let faster = Pace::CHOICES.into_iter().find(|choice| choice.0 > pace.0);
        self.dispatch(Action::SetPace(faster.unwrap_or(DEFAULT_PACE)));
    }

    /// Keeps the untouched sample in the page's language.
    fn translate_sample(self) {
        let files = self.state.files;
        Effect::new(move |_| {
            let language = self.state.language.get();
            if files.with_untracked(|files| files.speaks_other_than(language)) {
                files.update(|files| files.speak(language));
            }
        });
    }

    fn apply(self) {
        let line = self.state.files.with_untracked(Files::apply_line);
        self.state.pane.update(|pane| {
            if *pane == Pane::Editor {
                *pane = Pane::Picture;
            }
        });
        self.run_in_terminal(&line, |_| {});
    }

    fn go_to(self, place: &FieldPlace) {
        self.state.files.update(|files| files.show_named(&place.file));
        if self.state.pane.get_untracked() != Pane::Editor {
            self.state.pane.set(Pane::Editor);
        }
        self.state.cursor.set(Some((place.line, place.column)));
    }

    /// Chooses the object of a path such as `Service/default/web`.
    fn choose(self, path: &str) {
        let found = self.state.cluster.with_untracked(|cluster| cluster.named(path));
        self.state.selection.set(found);
    }

    /// Asks what the scheduler thinks of a Pod; the answer comes as news.
    pub(crate) fn ask_scheduler(self, namespace: String, pod: String) {
        self.send(Command::AskScheduler { namespace, pod });
    }

    fn set_pace(self, pace: Pace) {
        self.state.pace.set(pace);
        self.send(Command::Pace(pace));
    }

    fn show_pane(self, pane: Pane) {
        if pane == Pane::Lesson {
            self.state.lesson_open.set(true);
        }
        self.state.pane.set(pane);
    }

    fn reset(self, setup: Setup) {
        if self.state.study.with_untracked(|study| study.open.is_some()) {
            return self.dispatch(Action::RestartLesson);
        }
        self.begin(Command::Start(setup));
    }

    /// Begins another session, in the place of the one there.
    fn begin(self, command: Command) {
        self.fail_calls();
        self.state.selection.set(None);
        self.begin_keeping();
        self.send(command);
    }

    /// Puts other files on the page; each desk keeps its own.
    fn change_desk(self, desk: Desk, files: Files) {
        self.state.desk.set(desk);
        self.state.files.set(files);
    }

    fn tell(self, word: Word, detail: impl Into<String>) {
        self.state.notice.set(Some(Notice { word, detail: detail.into() }));
    }

    fn send(self, command: Command) {
        if command.goes_on() {
            self.forget_later();
        }
        self.channel.update_value(|channel| channel.send(command));
    }
}
