//! What was found out about the reader's group, in words and as bars: for each thing that may happen, one bar for the
//! protocol as it is and one for each other.

use super::bars;
use super::described::{Data, Described};
use super::link::text;
use super::whatif::{CASES, Case, Outcome, WhatIf};
use crate::draw::chart::{Cell, Chart, Heads, Plot};
use crate::draw::scene::Scene;
use crate::explainers::kafka::Params;
use crate::explainers::kafka::world::{CONSUMERS, PARTS};
use crate::explainers::lines::count;
use crate::explainers::{Inquiry, Study, grouped};
use crate::sim::{MS, Micros, SECOND, decimal, digest};
use std::rc::Rc;

/// Seconds, as exact as they are worth it.
pub fn secs(time: Micros) -> String {
    match time {
        0 => "0 s".into(),
        time if time < 100 * SECOND => format!("{} s", decimal::fixed(time as f64 / SECOND as f64, 1)),
        time => format!("{} s", grouped(((time + SECOND / 2) / SECOND) as i64)),
    }
}

/// The answer to “what if”.
pub struct Answer {
    group: Rc<Described>,
    pub runs: WhatIf,
    params: Params,
    seed: u64,
}

impl Answer {
    /// `None`: nobody is known who could die or make room.
    pub fn new(params: &Params, seed: u64, data: &Data) -> Option<Answer> {
        let group = data.group.clone().filter(|group| !group.members.is_empty())?;
        Some(Answer { group, runs: WhatIf::new(params, seed, data), params: params.clone(), seed })
    }

    pub fn title(&self, case: Case) -> String {
        match case {
            Case::Crash => {
                let names = self.group.names();
                match self.runs.victim.and_then(|who| names.get(usize::from(who))) {
                    Some(name) => format!("{name} dies"),
                    None => "A consumer dies".into(),
                }
            }
            Case::Join => "One more consumer joins".into(),
            Case::Double => "Twice the partitions".into(),
            Case::Deploy => "A rolling deploy".into(),
        }
    }

    /// Why something cannot be tried.
    pub fn why_not(&self, case: Case) -> String {
        let why = match case {
            Case::Join if self.group.members.len() >= CONSUMERS => format!("there is room for {CONSUMERS} consumers"),
            Case::Double if 2 * self.group.parts() > PARTS => {
                format!("there is room for {} partitions", grouped(PARTS as i64))
            }
            _ => "nobody reads anything".into(),
        };
        format!("not possible here: {why}")
    }

    /// What came of a case under a plan, in full.
    pub fn full(&self, case: usize, plan: usize) -> String {
        let name = self.runs.plans.get(plan).map_or("", |plan| plan.name);
        let what = CASES.get(case).map_or_else(String::new, |case| self.title(*case));
        let Some(found) = self.runs.outcome(case, plan) else {
            let why = CASES.get(case).map_or_else(String::new, |case| self.why_not(*case));
            return format!("{what}, {name}: {why}");
        };
        let over = match found.took {
            Some(took) => format!("it takes {}", secs(took)),
            None => "it is not over in an hour".into(),
        };
        format!(
            "{what}, {name}: {} of partition-time without a reader, at most {} of one partition; {} changed readers, in {}; {over}",
            secs(found.unread),
            secs(found.longest),
            count(found.moved as usize, "partition"),
            count(found.rebalances as usize, "rebalance"),
        )
    }

    fn done(&self) -> bool {
        self.runs.found.len() >= self.runs.runs()
    }

    /// What the figures hold for, and what they leave out.
    pub fn notes(&self) -> String {
        let p = &self.params;
        let mut out = format!(
            "In runs of your group with session.timeout {} s, metadata.max.age {} s, restarts of {} s and {} for a record.",
            p.session,
            p.metadata,
            p.restart,
            if p.process < 1_000 { format!("{} ms", p.process) } else { secs(p.process as Micros * MS) }
        );
        out += " Clients of the classic protocol find new partitions when they refresh their metadata; with KIP-848 the \
                broker knows of them at once.";
        if p.assignor < 3 {
            out += " What it costs to switch is not in it: two rolling deploys to cooperative-sticky, one if the group has \
                    Kafka’s default list of assignors (KIP-429); one to KIP-848.";
        }
        out
    }
}

impl Inquiry for Answer {
    fn step(&mut self) -> bool {
        self.runs.step()
    }

    fn progress(&self) -> f64 {
        self.runs.progress()
    }

    fn words(&self) -> String {
        if !self.done() {
            return "Not computed yet.".into();
        }
        let names: Vec<&str> = self.runs.plans.iter().map(|plan| plan.name).collect();
        // A line for each, for the page to set as a list.
        let mut out =
            format!("Seconds without a reader, all partitions together, with {} (as it is first).", names.join(" / "));
        for (i, case) in CASES.iter().enumerate() {
            let figures: Vec<String> =
                (0..names.len()).filter_map(|plan| Some(secs(self.runs.outcome(i, plan)?.unread))).collect();
            let figures = if figures.is_empty() { self.why_not(*case) } else { figures.join(" / ") };
            out += &format!("\n{}: {figures}.", self.title(*case));
            if *case == Case::Double && self.runs.outcome(i, 0).is_some() {
                let age = self.params.metadata;
                out += &format!(
                    " Clients see new partitions when they next ask for metadata, within {age} s (metadata.max.age); with KIP-848 the broker sees them at once."
                );
            }
        }
        out
    }

    fn scene(&self, width: f32) -> Scene {
        bars::scene(self, width)
    }
}

/// The same for a group that was taken over, with the settings of the run, and computed beside it.
pub struct Beside(Answer);

impl Beside {
    pub fn new(params: &Params, seed: u64, data: &Data) -> Option<Beside> {
        Answer::new(params, seed, data).map(Beside)
    }
}

/// Numbers of one outcome; the first says whether there is one.
const FIGURES: usize = 6;

impl Study for Beside {
    fn step(&mut self) -> bool {
        self.0.runs.step()
    }

    fn progress(&self) -> f64 {
        self.0.runs.progress()
    }

    fn key(&self) -> u32 {
        // As a link has the group: without hosts.
        digest(&("what if", &self.0.params, self.0.seed, text(&self.0.group))) as u32
    }

    fn found(&self) -> Vec<f64> {
        let victim = self.0.runs.victim.map_or(-1.0, f64::from);
        let one = |found: &Option<Outcome>| match found {
            None => [0.0; FIGURES],
            Some(it) => {
                let (moved, rebalances) = (f64::from(it.moved), f64::from(it.rebalances));
                let took = it.took.map_or(-1.0, |took| took as f64);
                [1.0, moved, it.unread as f64, it.longest as f64, rebalances, took]
            }
        };
        std::iter::once(victim).chain(self.0.runs.found.iter().flat_map(one)).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((victim, cells)) = found.split_first() else { return };
        let one = |it: &[f64]| {
            let [1.0, moved, unread, longest, rebalances, took] = *it else { return None };
            let took = (took >= 0.0).then_some(took as Micros);
            let (unread, longest) = (unread as Micros, longest as Micros);
            Some(Outcome { moved: moved as u32, unread, longest, rebalances: rebalances as u32, took })
        };
        let found = cells.chunks_exact(FIGURES).map(one).take(self.0.runs.runs()).collect();
        self.0.runs.resume((*victim >= 0.0).then_some(*victim as u16), found);
    }

    fn chart(&self) -> Chart {
        let answer = &self.0;
        let plans = &answer.runs.plans;
        let mut cells = Vec::new();
        for case in 0..CASES.len() {
            let unread = |plan| answer.runs.outcome(case, plan).map_or(0, |found| found.unread);
            let most = (0..plans.len()).map(unread).max().unwrap_or(0).max(1);
            for plan in 0..plans.len() {
                let known = plan * CASES.len() + case < answer.runs.found.len();
                let lines = match answer.runs.outcome(case, plan) {
                    Some(found) => vec![secs(found.unread), format!("{} moved", grouped(i64::from(found.moved)))],
                    None if known => vec!["–".into()],
                    None => vec!["…".into()],
                };
                let name = answer.full(case, plan);
                cells.push(Cell { lines, heat: unread(plan) as f64 / most as f64, here: plan == 0, name });
            }
        }
        let across = plans.iter().enumerate().map(|(i, plan)| if i == 0 { "as it is" } else { plan.short });
        let across = across.map(String::from).collect();
        let down = ["one dies", "one joins", "doubled", "deploy"].map(String::from).to_vec();
        Chart {
            key: "what-if",
            title: "Your group: what if".into(),
            note: format!(
                "Partition-time without a reader, and partitions that changed readers: if a consumer dies, if one joins, \
                 if every topic gets twice the partitions, if all restart one by one. {}",
                answer.notes()
            ),
            plot: Plot::Grid { heads: Heads { across, down }, cells },
        }
    }
}
