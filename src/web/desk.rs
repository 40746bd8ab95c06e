//! What the page of an explainer works on: the runs (one, or two to compare), the clock, and the signals that its
//! text hangs on. Worlds stay outside the reactive graph: a frame in which only dots move touches no signal but the
//! clock's.

mod away;
mod changes;
mod clock;
mod pages;
mod studies;

use super::painter::Painter;
use super::{browser, frame};
use crate::draw::change;
use crate::draw::scene::{Scene, Subject};
use crate::draw::theme::Theme;
use crate::explainers::{Entry, Measured, Opened, Player, View};
use crate::link::{self, Complaint, Link};
use crate::sim::{Micros, SECOND};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use studies::Studies;

/// Speeds, as hundredths of real time.
pub const SPEEDS: [u64; 6] = [25, 50, 100, 200, 400, 800];
/// A lesson's step takes no longer to watch than this, in seconds.
const PATIENCE: u64 = 15;
/// A figure that plays again and again rests this long at its end, in milliseconds.
const AGAIN_MS: u32 = 1_500;
/// While nothing moves, the clock ticks this often, in milliseconds.
const IDLE_MS: u32 = 100;
/// The scrubber and the time label follow the clock this often: each time is a layout of its own.
const LABEL_MS: f64 = 100.0;
/// Figures and words are read, not watched: no more often than this.
const FIGURES_MS: f64 = 250.0;
/// Nobody follows a diagram's growth with their eyes as they do a message's way: it is painted when it has grown by a
/// pixel, no more and no less often than this.
const DIAGRAM_MS: (f64, f64) = (50.0, 200.0);
/// From this width on, pictures for a class are drawn larger, not with more in them.
const LEGIBLE: f32 = 860.0;
/// What is shown to a class is drawn no smaller than this part of its usual size.
const SMALLEST: f32 = 0.75;
/// Half of a display's usual frames, in milliseconds, and how far nothing may move between two of these: less than a
/// message is wide, or it would be seen to jump.
const HALF_MS: f32 = 33.4;
const STEP: f32 = 6.0;
/// With more shapes than this in what moves, some twenty messages, nobody follows one of them.
const MANY: usize = 100;
/// A frame that takes the page longer than the first of these, in milliseconds, is painted half as often, until one
/// takes less than the second: sixty of them a second would be more than a twentieth of a core before the browser has
/// done its part, which is more on the machines where ours is.
const DEAR_MS: (f64, f64) = (0.8, 0.5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialog {
    Data,
    Share,
    Keys,
}

/// Where in the lessons the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub lesson: usize,
    pub step: usize,
}

/// A step's question once it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The option chosen, or the number typed.
    pub option: Option<usize>,
    pub number: Option<f64>,
}

pub struct Side {
    pub player: Box<dyn Player>,
    panes: [Pane; 2],
}

/// A side's pictures: the stage, and the diagram of what is followed beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Stage,
    Diagram,
}

#[derive(Default)]
struct Pane {
    painter: Option<Painter>,
    width: f32,
    scene: Scene,
    /// When it was painted, in the browser's milliseconds.
    painted: f64,
    /// How fast things moved then, in pixels per millisecond; none: nobody knows.
    speed: Option<f32>,
}

/// Where the pictures are: asked of the browser when anything changes, not sixty times a second.
#[derive(Clone, Copy)]
struct Room {
    theme: Theme,
    dpr: f64,
    height: f32,
    /// So much larger than drawn, for who sits in the last row.
    zoom: f32,
}

pub struct Inner {
    entry: &'static Entry,
    pub sides: Vec<Side>,
    /// What the right side has different: knob and value in the form of links.
    overrides: Vec<(String, String)>,
    frame: Option<AnimationFrameRequestHandle>,
    timer: Option<Timeout>,
    write: Option<Timeout>,
    /// What follows a keystroke.
    following: Option<Timeout>,
    refining: Option<Timeout>,
    /// When what is sampled was last shown.
    refined: f64,
    measured: Vec<(String, Measured)>,
    studies: Studies,
    room: Room,
    last: f64,
    labelled: f64,
    counted: f64,
    /// What a frame takes the page, in milliseconds, the latest counting most; and whether that is much.
    cost: f64,
    dear: bool,
    /// When the page's words last followed the run, and whether something was told since.
    worded: f64,
    told: bool,
    /// Something moved since the figures were read.
    moved: bool,
    events: usize,
    /// Play stops here, not at the end.
    stop_at: Option<Micros>,
    /// The run that a lesson interrupted.
    stash: Option<Box<dyn Player>>,
    /// The tab is on screen; and so is the picture.
    awake: bool,
    seen: bool,
    playing: bool,
    speed: usize,
    /// How much faster than that a lesson's step goes, in per cent of real time.
    hurry: Option<u64>,
    focus: Option<Subject>,
    notes: Vec<Complaint>,
    compare: bool,
    side: usize,
    lesson: Option<Place>,
    answer: Option<Answer>,
    /// Guesses of orders of magnitude, with what was true: by the place of their question.
    guesses: Vec<(Place, f64, f64)>,
    dialog: Option<Dialog>,
    /// The lesson is shown to a class.
    presenting: bool,
}

/// What changed, for the parts of the page that show it. Only counters are signals; what they stand for is in `Inner`.
#[derive(Clone, Copy)]
pub struct Ticks {
    /// The run: anything its text says.
    pub run: RwSignal<u32>,
    /// Settings, and what follows from them.
    pub settings: RwSignal<u32>,
    pub clock: RwSignal<u32>,
    /// The text that the reader edits, and what its lines give.
    pub text: RwSignal<u32>,
    /// The run while it is played: what its figures say.
    pub figures: RwSignal<u32>,
    /// Playing or not, the speed, comparison, the lesson, the dialog.
    pub mode: RwSignal<u32>,
    /// What is pointed at.
    pub focus: RwSignal<u32>,
    pub notes: RwSignal<u32>,
    pub study: RwSignal<u32>,
    pub theme: RwSignal<u32>,
}

fn bump(tick: RwSignal<u32>) {
    let _ = tick.try_update(|n| *n = n.wrapping_add(1));
}

#[derive(Clone, Copy)]
pub struct Desk {
    inner: StoredValue<Inner, LocalStorage>,
    pub ticks: Ticks,
}

impl Desk {
    pub fn open(entry: &'static Entry, link: &Link, mut notes: Vec<Complaint>) -> Desk {
        let place = place_of(entry, link, &mut notes);
        let (player, more) = opened(entry, link, place);
        notes.extend(more);
        let desk = Desk {
            inner: StoredValue::new_local(Inner {
                entry,
                sides: vec![Side::new(player)],
                overrides: Vec::new(),
                frame: None,
                timer: None,
                write: None,
                following: None,
                refining: None,
                refined: 0.0,
                measured: Vec::new(),
                studies: Studies::default(),
                room: Room { theme: Theme::Light, dpr: 1.0, height: 560.0, zoom: 1.0 },
                last: 0.0,
                labelled: 0.0,
                cost: 0.0,
                dear: false,
                counted: 0.0,
                worded: 0.0,
                told: false,
                moved: false,
                events: 0,
                stop_at: None,
                stash: None,
                awake: true,
                seen: true,
                playing: false,
                speed: 2,
                hurry: None,
                focus: None,
                notes,
                compare: false,
                side: 0,
                lesson: place,
                answer: None,
                guesses: Vec::new(),
                dialog: None,
                presenting: false,
            }),
            ticks: Ticks {
                run: RwSignal::new(0),
                settings: RwSignal::new(0),
                clock: RwSignal::new(0),
                text: RwSignal::new(0),
                figures: RwSignal::new(0),
                mode: RwSignal::new(0),
                focus: RwSignal::new(0),
                notes: RwSignal::new(0),
                study: RwSignal::new(0),
                theme: RwSignal::new(0),
            },
        };
        if let Some(versus) = &link.versus {
            desk.set_compare(Some(versus.clone()));
        }
        desk.changed();
        desk.settled();
        if link.play {
            desk.play();
        }
        desk
    }

    pub fn with<T>(&self, read: impl FnOnce(&Inner) -> T) -> Option<T> {
        self.inner.try_with_value(read)
    }

    /// Reads the left run; the right one with `side` 1.
    pub fn read<T>(&self, side: usize, read: impl FnOnce(&dyn Player) -> T) -> Option<T> {
        self.inner.try_with_value(|inner| inner.sides.get(side).map(|side| read(&*side.player)))?
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.inner.try_update_value(edit)
    }

    /// Changes what mode the page is in.
    pub fn mode(&self, change: impl FnOnce(&mut Inner)) {
        self.edit(change);
        bump(self.ticks.mode);
    }

    pub fn note(&self, change: impl FnOnce(&mut Vec<Complaint>)) {
        self.edit(|inner| change(&mut inner.notes));
        bump(self.ticks.notes);
    }

    pub fn notes(&self) -> Vec<Complaint> {
        self.with(|inner| inner.notes.clone()).unwrap_or_default()
    }
    pub fn playing(&self) -> bool {
        self.with(|inner| inner.playing).unwrap_or(false)
    }
    pub fn speed(&self) -> usize {
        self.with(|inner| inner.speed).unwrap_or(2)
    }
    /// In per cent of real time.
    pub fn percent(&self) -> u64 {
        self.with(Inner::percent).unwrap_or(100)
    }
    pub fn set_speed(&self, speed: usize) {
        self.mode(|inner| (inner.speed, inner.hurry) = (speed.min(SPEEDS.len() - 1), None));
    }
    pub fn comparing(&self) -> bool {
        self.with(|inner| inner.compare).unwrap_or(false)
    }
    /// The side whose settings the form shows.
    pub fn side(&self) -> usize {
        self.with(|inner| inner.side).unwrap_or(0)
    }
    pub fn set_side(&self, side: usize) {
        self.mode(|inner| inner.side = side);
        bump(self.ticks.settings);
    }
    pub fn lesson(&self) -> Option<Place> {
        self.with(|inner| inner.lesson).flatten()
    }
    /// The steps of a lesson that are shown here, from 0: the first and the last.
    pub fn bounds(&self, lesson: usize) -> (usize, usize) {
        let steps = self.read(0, |player| player.lessons().get(lesson).map_or(0, |lesson| lesson.steps.len()));
        let all = steps.unwrap_or(0).saturating_sub(1);
        frame::steps().map_or((0, all), |(first, last)| ((first - 1).min(all), (last - 1).min(all)))
    }
    pub fn answer(&self) -> Option<Answer> {
        self.with(|inner| inner.answer.clone()).flatten()
    }
    pub fn set_answer(&self, answer: Answer) {
        self.mode(|inner| inner.answer = Some(answer));
    }
    /// A guess, and what was true. The first of a lesson counts, not what is said once one knows.
    pub fn guessed(&self, guess: f64, truth: f64) {
        self.edit(|inner| {
            if let Some(place) = inner.lesson.filter(|at| inner.guesses.iter().all(|(known, _, _)| known != at)) {
                inner.guesses.push((place, guess, truth));
            }
        });
    }
    /// The guesses of the lesson under way.
    pub fn guesses(&self) -> Vec<(f64, f64)> {
        let here = self.lesson().map(|place| place.lesson);
        let of = |inner: &Inner| {
            let mine = inner.guesses.iter().filter(|(place, _, _)| Some(place.lesson) == here);
            mine.map(|(_, guess, truth)| (*guess, *truth)).collect()
        };
        self.with(of).unwrap_or_default()
    }
    pub fn presenting(&self) -> bool {
        self.with(|inner| inner.presenting).unwrap_or(false)
    }
    pub fn dialog(&self) -> Option<Dialog> {
        self.with(|inner| inner.dialog).flatten()
    }
    pub fn set_dialog(&self, dialog: Option<Dialog>) {
        self.mode(|inner| inner.dialog = dialog);
    }
    pub fn follow(&self) -> Option<Subject> {
        self.read(0, |player| player.follow()).flatten()
    }
    /// What is lit everywhere: what the reader points at, else what is followed.
    pub fn lit(&self) -> Option<Subject> {
        self.with(|inner| inner.focus).flatten().or_else(|| self.follow())
    }

    pub fn still(&self) -> bool {
        self.read(0, |player| player.still()).unwrap_or(false)
    }

    pub fn slug(&self) -> &'static str {
        self.with(|inner| inner.entry.meta.slug).unwrap_or_default()
    }

    /// Virtual time in a second of watching.
    pub fn pace(&self) -> Micros {
        self.with(|inner| inner.entry.meta.pace).unwrap_or(SECOND)
    }

    pub fn entry(&self) -> Option<&'static Entry> {
        self.with(|inner| inner.entry)
    }

    /// After anything but the passing of time.
    fn changed(&self) {
        bump(self.ticks.text);
        self.told();
    }

    /// The same, but for the text.
    fn told(&self) {
        self.edit(|inner| {
            inner.events = inner.sides.first().map_or(0, |side| side.player.events().len());
        });
        self.tell_measured();
        bump(self.ticks.clock);
        bump(self.ticks.run);
        self.paint();
        self.write_soon();
        self.refine_soon();
    }

    fn settled(&self) {
        bump(self.ticks.settings);
        self.begin_studies();
    }

    /// The fields of the form show what is set, whatever was typed into them.
    pub fn settings_again(&self) {
        bump(self.ticks.settings);
    }

    pub fn now(&self) -> Micros {
        self.read(0, |player| player.now()).unwrap_or(0)
    }

    pub fn end(&self) -> Micros {
        self.with(|inner| inner.sides.iter().map(|side| side.player.end()).max()).flatten().unwrap_or(SECOND)
    }

    // The picture.

    pub fn retheme(&self) {
        bump(self.ticks.theme);
        self.paint();
    }

    pub fn attach(&self, side: usize, which: Which, painter: Option<Painter>) {
        self.edit(|inner| {
            if let Some(side) = inner.sides.get_mut(side) {
                side.panes[which as usize] = Pane { painter, ..Pane::default() };
            }
        });
    }

    pub fn resize(&self, side: usize, which: Which, width: f32) {
        let changed = self.edit(|inner| {
            let Some(side) = inner.sides.get_mut(side) else { return false };
            let pane = &mut side.panes[which as usize];
            let changed = (pane.width - width).abs() >= 1.0;
            pane.width = width;
            changed
        });
        if changed == Some(true) {
            self.paint();
            // What is painted is told, too.
            bump(self.ticks.focus);
        }
    }

    pub fn paint(&self) {
        let presenting = self.presenting();
        let room = Room {
            theme: browser::theme(),
            dpr: browser::pixel_ratio(),
            height: browser::stage_height(presenting),
            zoom: 1.0,
        };
        self.edit(|inner| {
            let width = inner.sides.first().map_or(0.0, |side| side.panes[0].width);
            let zoom = if presenting { (width / LEGIBLE).clamp(1.0, 2.5) } else { 1.0 };
            inner.room = Room { zoom, ..room };
            inner.paint(browser::now_ms(), true);
            if presenting {
                inner.fit(room.height);
            }
        });
    }

    /// The action that a line drawn across the stage stands for.
    pub fn stroke(&self, side: usize, from: (f32, f32), to: (f32, f32)) -> Option<String> {
        self.with(|inner| {
            let side = inner.sides.get(side)?;
            let scene = &side.panes[Which::Stage as usize].scene;
            let zoom = inner.room.zoom;
            let drawn = |(x, y): (f32, f32)| (x / zoom, y / zoom);
            side.player.stroke(&View::sized(scene.width, scene.height), drawn(from), drawn(to))
        })
        .flatten()
    }

    /// What is at a place of the picture: its subject and what it is called.
    pub fn at(&self, side: usize, which: Which, x: f32, y: f32, grace: f32) -> Option<(Subject, String)> {
        self.with(|inner| {
            let side = inner.sides.get(side)?;
            let scene = &side.panes[which as usize].scene;
            let (x, y) = (x / inner.room.zoom, y / inner.room.zoom);
            let subject = match scene.hit(x, y, 0.0) {
                Some(hit) => hit.subject,
                None => scene.pick(x, y, grace).or_else(|| scene.hit(x, y, grace)?.subject),
            }?;
            let name = side.player.name(subject)?;
            let state = side.player.state(subject).unwrap_or_default();
            Some((subject, format!("{name}: {state}")))
        })
        .flatten()
    }

    // The link.

    pub fn link(&self) -> Link {
        let mut link = self.read(0, |player| player.link()).unwrap_or_default();
        if self.comparing() {
            link.versus = self.with(|inner| inner.overrides.clone());
        }
        if let Some(place) = self.lesson() {
            let lesson = self.read(0, |player| player.lessons().get(place.lesson).map(|lesson| lesson.slug)).flatten();
            link.lesson = lesson.map(|slug| (slug.to_string(), place.step + 1));
        }
        link
    }

    /// Keeps the address in step, not on every frame: a reload comes back to where the reader was.
    fn write_soon(&self) {
        let desk = *self;
        self.edit(|inner| {
            inner.write = Some(Timeout::new(350, move || {
                browser::replace_fragment(&link::write(&desk.link()));
            }));
        });
    }

    pub fn close(&self) {
        self.edit(|inner| {
            inner.frame.take().inspect(|frame| frame.cancel());
            (inner.timer, inner.write, inner.following, inner.refining) = (None, None, None, None);
            inner.studies.close();
        });
    }
}

impl Side {
    fn new(player: Box<dyn Player>) -> Side {
        Side { player, panes: Default::default() }
    }
}

impl Pane {
    fn show(&mut self, scene: Scene, room: Room, time: f64) {
        let passed = (time - self.painted) as f32;
        let change = change::between(&self.scene.live, &scene.live);
        self.speed = change.moved.filter(|_| passed > 0.0).map(|moved| moved / passed);
        (self.scene, self.painted) = (scene, time);
        if let Some(painter) = &mut self.painter {
            painter.paint_in(&self.scene, room.theme, room.dpr * f64::from(room.zoom), change.areas.as_deref());
        }
    }
}

impl Inner {
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Paints what is due; with `all`, the diagrams too, however lately they were.
    fn paint(&mut self, time: f64, all: bool) {
        let (many, focus, room) = (self.sides.len() > 1, self.focus, self.room);
        for side in &mut self.sides {
            let [stage, diagram] = &mut side.panes;
            if stage.width < 10.0 {
                continue;
            }
            let mut view = View::sized(stage.width / room.zoom, room.height / room.zoom);
            view.focus = focus;
            view.follow = side.player.follow();
            if many {
                view.height = view.height.min(view.width);
            }
            stage.show(side.player.scene(&view), room, time);
            let pixel = diagram.speed.filter(|speed| *speed > 0.0).map_or(0.0, |speed| 1.0 / f64::from(speed));
            let due = diagram.painted + pixel.clamp(DIAGRAM_MS.0, DIAGRAM_MS.1);
            if diagram.width < 10.0 || !(all || time >= due) {
                continue;
            }
            let wanted = View { width: diagram.width / room.zoom, ..view };
            match side.player.diagram(&wanted) {
                Some(scene) => diagram.show(scene, room, time),
                // What was there is of something that is gone.
                None if !diagram.scene.live.items.is_empty() || !diagram.scene.base.items.is_empty() => {
                    let (width, height) = (diagram.scene.width, diagram.scene.height);
                    diagram.show(Scene { width, height, ..Scene::default() }, room, time);
                }
                None => {}
            }
        }
    }

    /// To a class: all of the pictures on the screen, as a clicker cannot scroll.
    fn fit(&mut self, height: f32) {
        for _ in 0..3 {
            let Some([stage, diagram]) = self.sides.first().map(|side| &side.panes) else { return };
            let zoom = self.room.zoom;
            let (upper, lower) = (stage.scene.height * zoom, diagram.scene.height * zoom);
            let below = diagram.width > stage.width * 0.9;
            let all = if below { upper + lower } else { upper };
            if all <= height + 1.0 || zoom <= SMALLEST {
                return;
            }
            self.room.height = if below { (height - lower).max(height * 0.5) } else { height };
            self.room.zoom = (zoom * height / all).max(SMALLEST);
            self.paint(browser::now_ms(), true);
        }
    }

    /// A frame took so long.
    fn spent(&mut self, ms: f64) {
        // What the browser did in between is not ours: one long frame says little.
        self.cost += (ms.min(10.0) - self.cost) / 16.0;
        self.dear = self.cost > if self.dear { DEAR_MS.1 } else { DEAR_MS.0 };
    }

    /// Whether half of the frames will do: everything moves slowly, or very much moves at once, or all would be dear.
    fn slow(&self) -> bool {
        self.dear
            || self.sides.iter().all(|side| {
                let stage = &side.panes[Which::Stage as usize];
                stage.scene.live.items.len() > MANY || stage.speed.is_some_and(|speed| speed * HALF_MS <= STEP)
            })
    }

    /// Virtual time in a millisecond of watching, in µs.
    fn rate(&self) -> f64 {
        self.entry.meta.pace as f64 * self.percent() as f64 / 100_000.0
    }

    fn percent(&self) -> u64 {
        self.hurry.or(SPEEDS.get(self.speed).copied()).unwrap_or(100)
    }
}

/// The run of a link. One that only names a lesson's step opens that step's own state.
fn opened(entry: &Entry, link: &Link, place: Option<Place>) -> Opened {
    let bare = link.parts.is_empty() && link.actions.is_empty() && link.at.is_none() && link.seed.is_none();
    let step = place.filter(|_| bare).and_then(|at| (entry.lessons)().get(at.lesson)?.steps.get(at.step));
    match step {
        Some(step) => (entry.open)(&link::parse(&format!("#/{}?{}", link.slug, step.state)).0),
        None => (entry.open)(link),
    }
}

fn place_of(entry: &Entry, link: &Link, notes: &mut Vec<Complaint>) -> Option<Place> {
    let (slug, number) = link.lesson.as_ref()?;
    let lessons = (entry.lessons)();
    // Without a name it is the first.
    let found = lessons.iter().position(|lesson| lesson.slug == slug || slug.is_empty());
    let place = found.map(|lesson| Place { lesson, step: number.saturating_sub(1) });
    let place = place.filter(|place| place.step < lessons[place.lesson].steps.len());
    if place.is_none() {
        notes.push(Complaint::new(format!("lesson={slug}.{number}"), "there is no such step"));
    }
    place
}
