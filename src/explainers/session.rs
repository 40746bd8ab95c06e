//! One run of one explainer: its settings, what was done, checkpoints, and the moment that is shown.

use super::contract::{Ask, Check, Event, Explainer, Imported, Lesson, Meta, Offer, Readout, Run, Study, View};
use super::player::{BranchLine, Player};
use super::{Entry, Knob, Knobs, Measured, Note, Page, Probe, Table};
use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::link::{Complaint, Link, MAX_ACTIONS, call, shorten};
use crate::sim::history::History;
use crate::sim::{Micros, digest, time};

/// A run lasts at least this many seconds of watching, so that there is a timeline to act on.
const SHORTEST: u64 = 10;
/// What stays on the timeline after the last thing is over, likewise.
const TAIL: u64 = 2;
/// Checkpoints lie no further apart than this, likewise, so that a seek replays little.
const STRIDE: u64 = 5;
const SEED: u64 = 7;
/// The part of a link that says it could not carry all of the reader's own data.
const LEFT_OUT: &str = "own-data-left-out";

pub struct Session<E: Explainer> {
    params: E::Params,
    seed: u64,
    data: E::Data,
    history: History<E::Action>,
    follow: Option<Subject>,
    now: Micros,
    world: E::World,
    /// Worlds at rising times, the first at 0, the last at the end; each with the number of actions done before it.
    checkpoints: Vec<(Micros, usize, E::World)>,
    sketch: E::Sketch,
}

pub const fn entry<E: Explainer>() -> Entry {
    Entry { meta: &E::META, open: open::<E>, lessons: E::lessons }
}

fn open<E: Explainer>(link: &Link) -> (Box<dyn Player>, Vec<Complaint>) {
    let (session, bad) = Session::<E>::open(link);
    (Box::new(session), bad)
}

impl<E: Explainer> Session<E> {
    pub fn open(link: &Link) -> (Self, Vec<Complaint>) {
        Self::open_with(link, E::Data::default())
    }

    fn open_with(link: &Link, mut data: E::Data) -> (Self, Vec<Complaint>) {
        let mut bad = Vec::new();
        let mut params = E::Params::new();
        let (own, kept) = E::data_parts(&data);
        let bereft = own.is_empty() && kept.is_none();
        for (key, value) in &link.parts {
            if key == LEFT_OUT {
                if bereft {
                    let why = "this run was made with data of its reader’s own that no link can carry; paste it again";
                    bad.push(Complaint::new("Your data", why));
                }
                continue;
            }
            let part = || format!("{}={}", shorten(key), shorten(value));
            match E::Params::SCHEMA.iter().position(|knob| knob.key == key) {
                Some(i) => match E::Params::SCHEMA[i].read(value) {
                    Ok(value) => params.set(i, value),
                    Err((nearest, why)) => {
                        if let Some(value) = nearest {
                            params.set(i, value);
                        }
                        bad.push(Complaint::new(part(), why));
                    }
                },
                None => match E::data_from(&mut data, key, value) {
                    Some(Ok(())) => {}
                    Some(Err(why)) => bad.push(Complaint::new(part(), why)),
                    None => bad.push(Complaint::new(part(), format!("there is no setting called “{key}” here"))),
                },
            }
        }
        for (key, why) in E::caveats(&params) {
            let start = [key, "="].concat();
            if let Some(told) = bad.iter_mut().find(|told| told.part.starts_with(&start)) {
                told.why = [&told.why, ". ", &why].concat();
            }
        }
        let follow = link.follow.as_deref().and_then(E::subject);
        if let (Some(word), None) = (&link.follow, follow) {
            bad.push(Complaint::new(format!("follow={word}"), "there is nothing of this name to follow"));
        }
        let mut actions = Vec::new();
        for (at, text) in &link.actions {
            match call::read::<E::Action>(text) {
                Ok(action) => actions.push((*at, action)),
                Err(why) => bad.push(Complaint::new(format!("do={}s:{}", time::seconds(*at), shorten(text)), why)),
            }
        }
        let seed = link.seed.unwrap_or(SEED);
        let world = E::build(&params, seed, &data);
        let mut session = Session {
            params,
            seed,
            data,
            history: History::of(actions),
            follow,
            now: 0,
            world: world.clone(),
            checkpoints: vec![(0, 0, world)],
            sketch: E::Sketch::default(),
        };
        session.replay(0, &mut bad);
        session.jump(0);
        if session.follow.is_some_and(|subject| E::name(&session.world, subject).is_none()) {
            session.follow = None;
            let word = link.follow.clone().unwrap_or_default();
            bad.push(Complaint::new(format!("follow={word}"), "there is nothing of this name to follow"));
        }
        session.seek(link.at.unwrap_or(0));
        (session, bad)
    }

    /// Runs everything again from action number `from` on (its checkpoint being there), to the end of the run.
    /// What cannot be done any more is left out of the log and named.
    fn replay(&mut self, from: usize, bad: &mut Vec<Complaint>) {
        self.checkpoints.retain(|(_, done, _)| *done <= from);
        let start = self.history.actions().get(from).map_or(Micros::MAX, |(at, _)| *at);
        self.checkpoints.retain(|(at, done, _)| *at <= start && *done <= from);
        if self.checkpoints.is_empty() {
            self.checkpoints.push((0, 0, E::build(&self.params, self.seed, &self.data)));
        }
        let Some(last) = self.checkpoints.last() else { return };
        let (mut at, mut done, mut world) = last.clone();
        let mut kept: Vec<(Micros, E::Action)> = self.history.actions().get(..done).unwrap_or_default().to_vec();
        let rest: Vec<_> = self.history.actions().get(done..).unwrap_or_default().to_vec();
        let total = rest.len();
        for (when, action) in rest {
            self.run_to(&mut world, &mut at, done, when);
            let mut tried = world.clone();
            match E::act(&mut tried, when, &action) {
                Ok(()) => {
                    world = tried;
                    kept.push((when, action));
                    done += 1;
                    self.checkpoints.push((when, done, world.clone()));
                }
                Err(why) => {
                    let part = format!("do={}s:{}", time::seconds(when), shorten(&call::write(&action)));
                    bad.push(Complaint::new(part, why));
                }
            }
        }
        if kept.len() != self.history.actions().len() || total == 0 {
            // What was left out at the end must not make the run longer than its link says.
            let last = kept.last().map_or(0, |(when, _)| *when);
            self.checkpoints.retain(|(then, _, _)| *then <= last);
            if let Some(back) = self.checkpoints.last() {
                (at, done, world) = back.clone();
            }
            self.history.keep(kept);
        }
        // The end moves while things happen: an overloaded server may fail, and another after it.
        for _ in 0..10_000 {
            let end = Self::end_of(&world, at);
            if at >= end {
                break;
            }
            self.run_to(&mut world, &mut at, done, end);
        }
        self.checkpoints.push((at, done, world));
    }

    fn end_of(world: &E::World, last: Micros) -> Micros {
        let over = E::settled(world).saturating_add(TAIL * E::META.pace);
        over.max(SHORTEST * E::META.pace).max(last).min(time::MAX)
    }

    fn run_to(&mut self, world: &mut E::World, at: &mut Micros, done: usize, to: Micros) {
        while *at < to {
            *at = (*at + STRIDE * E::META.pace).min(to);
            E::advance(world, *at);
            if *at < to {
                self.checkpoints.push((*at, done, world.clone()));
            }
        }
    }

    fn again(&mut self) -> Vec<Complaint> {
        let mut bad = Vec::new();
        self.checkpoints.clear();
        let now = self.now;
        self.replay(0, &mut bad);
        self.jump(now);
        bad
    }

    /// Takes the world from a checkpoint, whatever is shown now.
    fn jump(&mut self, to: Micros) {
        let to = to.min(Player::end(self));
        let after = self.checkpoints.partition_point(|(at, _, _)| *at <= to);
        let Some((_, _, world)) = after.checked_sub(1).and_then(|i| self.checkpoints.get(i)) else { return };
        self.world = world.clone();
        E::advance(&mut self.world, to);
        self.now = to;
    }

    fn last(&self) -> &E::World {
        self.checkpoints.last().map_or(&self.world, |(_, _, world)| world)
    }
}

impl<E: Explainer> Player for Session<E> {
    fn meta(&self) -> &'static Meta {
        &E::META
    }
    fn schema(&self) -> &'static [Knob] {
        E::Params::SCHEMA
    }
    fn knob(&self, i: usize) -> i64 {
        self.params.get(i)
    }
    fn matters(&self, i: usize) -> bool {
        let fixed = E::Params::SCHEMA.get(i).is_some_and(|knob| E::fixed_by(&self.data, knob.key));
        self.params.matters(i) && !fixed
    }
    fn folded(&self, i: usize) -> bool {
        E::Params::SCHEMA.get(i).is_some_and(|knob| E::FOLDED.contains(&knob.key))
    }
    fn caveats(&self) -> Vec<String> {
        E::caveats(&self.params).into_iter().map(|(_, why)| why).collect()
    }
    fn set_knob(&mut self, i: usize, value: i64) {
        let before = self.params.clone();
        self.params.set(i, value);
        let owned = self.own_data();
        if let Some(knob) = E::Params::SCHEMA.get(i) {
            E::chosen(&mut self.data, knob.key);
        }
        if self.params != before || self.own_data() != owned {
            self.again();
        }
    }
    fn seed(&self) -> u64 {
        self.seed
    }
    fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
        self.again();
    }

    fn now(&self) -> Micros {
        self.now
    }
    fn end(&self) -> Micros {
        self.checkpoints.last().map_or(SHORTEST * E::META.pace, |(at, _, _)| *at)
    }
    fn settled(&self) -> Micros {
        // What follows may set more going, or nothing: what there will be is known from the run to its end.
        let told = self.all_events().last().map_or(0, |event| event.at);
        E::settled(self.last()).max(told).max(self.now)
    }
    fn still_until(&self) -> Micros {
        E::still_until(&self.world, self.now)
    }
    fn seek(&mut self, to: Micros) {
        let to = to.min(self.end());
        let after = self.checkpoints.partition_point(|(at, _, _)| *at <= to);
        let checkpoint = after.checked_sub(1).and_then(|i| self.checkpoints.get(i));
        // Going on from where we are costs less than cloning, when nothing was done in between and no checkpoint is
        // nearer: it lies behind us, or so little before us that it saves less than it costs.
        let near = self.now.saturating_add(STRIDE * E::META.pace);
        let onward = checkpoint
            .is_some_and(|(_, done, _)| (self.now..=near).contains(&to) && self.actions_by(self.now) == *done);
        if !onward {
            return self.jump(to);
        }
        E::advance(&mut self.world, to);
        self.now = to;
    }
    fn act(&mut self, action: &str) -> Result<(), String> {
        let action = call::read::<E::Action>(action)?;
        if self.actions_by(self.now) >= MAX_ACTIONS {
            return Err(format!(
                "a link carries {MAX_ACTIONS} actions, and so many are done here; take some back first"
            ));
        }
        let mut trial = self.world.clone();
        E::act(&mut trial, self.now, &action)?;
        let (now, done) = (self.now, self.actions_by(self.now));
        self.history.act(now, action);
        // The run goes on from what was just tried: doing it twice would double the wait for the picture.
        self.checkpoints.retain(|(at, before, _)| *at <= now && *before <= done);
        self.checkpoints.push((now, done + 1, trial.clone()));
        self.replay(done + 1, &mut Vec::new());
        self.world = trial;
        Ok(())
    }
    fn branches(&self) -> Vec<BranchLine> {
        let lines = self.history.branches().iter().enumerate().map(|(i, branch)| {
            let label = match (branch.parent, branch.actions.last()) {
                (Some((parent, at)), _) => {
                    let what = branch.actions.iter().find(|(then, _)| *then >= at).map(|(_, a)| call::write(a));
                    let what =
                        branch.actions.iter().rfind(|(then, _)| *then == at).map(|(_, a)| call::write(a)).or(what);
                    format!(
                        "{}: from {} at {}: {}",
                        i + 1,
                        parent + 1,
                        time::label(at, E::META.pace),
                        what.unwrap_or_default()
                    )
                }
                (None, _) => format!("{}: the first run, {} done", i + 1, branch.actions.len()),
            };
            BranchLine { label, current: i == self.history.current() }
        });
        lines.collect()
    }
    fn switch(&mut self, branch: usize) {
        if self.history.switch(branch) {
            self.again();
        }
    }
    fn undo(&mut self) -> bool {
        let Some((at, _)) = self.history.undo() else { return false };
        self.now = self.now.min(at);
        self.again();
        true
    }
    fn reset(&mut self) {
        self.history = History::default();
        self.now = 0;
        self.again();
    }

    fn scene(&mut self, view: &View) -> Scene {
        E::scene(&self.world, self.now, view, &mut self.sketch)
    }
    fn diagram(&self, view: &View) -> Option<Scene> {
        E::diagram(&self.world, self.now, view)
    }
    fn diagram_hint(&self) -> &'static str {
        E::DIAGRAM
    }
    fn diagram_is(&self) -> &'static str {
        E::DIAGRAM_IS
    }
    fn diagram_below(&self) -> bool {
        E::DIAGRAM_BELOW
    }
    fn stroke(&self, view: &View, from: (f32, f32), to: (f32, f32)) -> Option<String> {
        E::stroke(&self.world, self.now, view, from, to)
    }
    fn stroke_hint(&self) -> &'static str {
        E::STROKE
    }
    fn events(&self) -> &[Event] {
        E::events(&self.world)
    }
    fn all_events(&self) -> &[Event] {
        E::events(self.last())
    }
    fn checks(&self) -> Vec<Check> {
        E::checks(&self.world)
    }
    fn all_checks(&self) -> Vec<Check> {
        E::checks(self.last())
    }
    fn readouts(&self) -> Vec<Readout> {
        E::readouts(&self.world)
    }
    fn charts(&self) -> Vec<Chart> {
        E::charts(&self.world)
    }
    fn studies(&self) -> Vec<Box<dyn Study>> {
        E::studies(&Run {
            params: &self.params,
            seed: self.seed,
            data: &self.data,
            actions: self.history.actions(),
            end: Player::end(self),
            follow: self.follow,
        })
    }
    fn offers(&self) -> Vec<Offer> {
        E::offers(&self.world)
    }
    fn asks(&self) -> &'static [Ask] {
        E::asks()
    }
    fn name(&self, subject: Subject) -> Option<String> {
        E::name(&self.world, subject)
    }
    fn ink(&self, subject: Subject) -> Option<Token> {
        E::ink(&self.world, subject)
    }
    fn state(&self, subject: Subject) -> Option<String> {
        E::state(&self.world, subject)
    }
    fn story(&self, subject: Subject) -> Vec<(Micros, String)> {
        let mut times: Vec<Micros> = self.all_events().iter().map(|event| event.at).collect();
        times.dedup();
        let mut story: Vec<(Micros, String)> = Vec::new();
        let Some(mut world) = self.checkpoints.first().map(|(_, _, world)| world.clone()) else { return story };
        for at in times {
            let before = self.checkpoints.partition_point(|(then, _, _)| *then <= at);
            if let Some((_, _, nearest)) = before.checked_sub(1).and_then(|i| self.checkpoints.get(i)) {
                world = nearest.clone();
            }
            E::advance(&mut world, at);
            if let Some(state) = E::state(&world, subject)
                && story.last().is_none_or(|(_, last)| *last != state)
            {
                story.push((at, state));
            }
        }
        story
    }
    fn describe(&self) -> String {
        E::describe(&self.world, self.now)
    }
    fn about(&self, subject: Subject) -> Option<String> {
        E::about(&self.world, subject)
    }
    fn subject(&self, word: &str) -> Option<Subject> {
        E::subject(word)
    }
    fn followable(&self) -> Vec<Subject> {
        E::followable(&self.world)
    }
    fn follow(&self) -> Option<Subject> {
        self.follow
    }
    fn set_follow(&mut self, subject: Option<Subject>) {
        self.follow = subject.filter(|subject| E::name(&self.world, *subject).is_some());
    }
    fn lessons(&self) -> &'static [Lesson] {
        E::lessons()
    }
    fn still(&self) -> bool {
        E::STILL
    }
    fn page_label(&self) -> &'static str {
        E::PAGE
    }
    fn page(&self) -> Page {
        E::page(&self.world, &self.sketch)
    }
    fn worked(&self, line: usize) -> Option<Note> {
        E::worked(&self.world, &self.sketch, line)
    }
    fn write(&mut self, text: &str) {
        E::write(&self.params, &mut self.data, text);
        self.history = History::default();
        self.again();
        // What is known of the text before is shown at once.
        E::refine(&self.world, &mut self.sketch);
        self.follow = self.follow.filter(|subject| E::name(&self.world, *subject).is_some());
    }
    fn refine(&mut self) -> bool {
        E::refine(&self.world, &mut self.sketch)
    }
    fn table(&self) -> Option<Table> {
        E::table(&self.world, &self.sketch)
    }
    fn probes(&self) -> &'static [Probe] {
        E::probes()
    }
    fn measured(&mut self, key: &str, found: Measured) {
        E::measured(&mut self.sketch, key, found);
    }
    fn takes_data(&self) -> bool {
        E::TAKES_DATA
    }
    fn adopt(&mut self, imported: Imported) -> Vec<Complaint> {
        if let Some(made) = imported.data {
            E::adopt(&mut self.data, made);
        }
        for (key, value) in imported.set {
            if let Some(i) = E::Params::SCHEMA.iter().position(|knob| knob.key == key)
                && let Ok(value) | Err((Some(value), _)) = E::Params::SCHEMA[i].read(&value)
            {
                self.params.set(i, value);
            }
        }
        self.history = History::default();
        self.follow = None;
        self.now = 0;
        self.again()
    }
    fn left_out(&self) -> Option<String> {
        E::data_parts(&self.data).1
    }
    fn own_data(&self) -> bool {
        let (parts, out) = E::data_parts(&self.data);
        out.is_some() || !parts.is_empty()
    }

    fn link(&self) -> Link {
        let mut parts: Vec<(String, String)> = E::Params::SCHEMA
            .iter()
            .enumerate()
            .filter(|(i, knob)| self.params.get(*i) != knob.default)
            .map(|(i, knob)| (knob.key.to_string(), knob.write(self.params.get(i))))
            .collect();
        let (own, left_out) = E::data_parts(&self.data);
        parts.extend(own.into_iter().map(|(key, value)| (key.to_string(), value)));
        parts.extend(left_out.map(|_| (LEFT_OUT.to_string(), "1".to_string())));
        Link {
            slug: E::META.slug.into(),
            parts,
            seed: (self.seed != SEED).then_some(self.seed),
            at: (self.now > 0).then_some(self.now),
            actions: self.history.actions().iter().map(|(at, action)| (*at, call::write(action))).collect(),
            follow: self.follow.map(|subject| format!("{}-{}", subject.kind, subject.id)),
            ..Link::default()
        }
    }
    fn open_beside(&self, link: &Link) -> (Box<dyn Player>, Vec<Complaint>) {
        let (mut data, mut link) = (self.data.clone(), link.clone());
        // A setting that is another there may take the place of the reader's own data, as if it were chosen there.
        for (i, knob) in E::Params::SCHEMA.iter().enumerate() {
            let given = link.parts.iter().rfind(|(key, _)| key == knob.key);
            if given.is_some_and(|(_, value)| *value != knob.write(self.params.get(i))) {
                E::chosen(&mut data, knob.key);
            }
        }
        let (own, left) = (E::data_parts(&self.data).0, E::data_parts(&data).0);
        let gone = |key: &String| own.iter().any(|it| it.0 == key) && left.iter().all(|it| it.0 != key);
        link.parts.retain(|(key, _)| !gone(key));
        let (session, bad) = Self::open_with(&link, data);
        (Box::new(session), bad)
    }
    fn versus(&self) -> &'static [(&'static str, &'static str)] {
        E::VERSUS
    }
    fn digest(&self) -> u64 {
        digest(&self.world)
    }
}

impl<E: Explainer> Session<E> {
    /// How many actions of the log are done by a moment.
    fn actions_by(&self, at: Micros) -> usize {
        self.history.actions().partition_point(|(then, _)| *then <= at)
    }
}
