//! What becomes of the reader's group if a consumer dies, if one joins, if there are twice as many partitions, and in a
//! rolling deploy: as it is, and under other protocols. Each is a run of its own, to its end.

use super::described::Data;
use crate::explainers::kafka::coordination::unread_time;
use crate::explainers::kafka::params::{self, Params};
use crate::explainers::kafka::types::*;
use crate::explainers::kafka::{Action, World};
use crate::sim::{MS, Micros, SECOND};

/// When it happens: everyone is at work by then.
const WHEN: Micros = 5 * SECOND;
/// It is over when for so long nobody has given anything up or got anything.
const QUIET: Micros = 10 * SECOND;
/// A run that is not over by then is given up.
const LONGEST: Micros = 3_600 * SECOND;
/// A step of a run.
const STEP: Micros = 100 * MS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Crash,
    Join,
    Double,
    Deploy,
}

pub const CASES: [Case; 4] = [Case::Crash, Case::Join, Case::Double, Case::Deploy];

/// A protocol to try: the place of its assignor among the settings.
#[derive(Clone, Debug)]
pub struct Plan {
    pub name: &'static str,
    /// For where there is little room.
    pub short: &'static str,
    params: Params,
}

/// What came of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Partitions that got another reader, each time that they did.
    pub moved: u32,
    /// Partition-time without a reader, of all partitions; and the longest of one partition, all its gaps together.
    pub unread: Micros,
    pub longest: Micros,
    pub rebalances: u32,
    /// How long it took; `None`: it was not over in an hour.
    pub took: Option<Micros>,
}

/// A run under way.
struct Busy {
    world: World,
    at: Micros,
    /// Partitions that somebody read before, and as many as there were.
    read: Vec<PartId>,
    before: usize,
    /// Since when it has been quiet.
    quiet: Option<Micros>,
}

pub struct WhatIf {
    data: Data,
    seed: u64,
    pub plans: Vec<Plan>,
    /// The world of one plan, just before anything happens.
    ready: Option<(usize, World)>,
    busy: Option<Busy>,
    /// One after the other: all cases of the first plan, then of the next. `None`: it cannot be done here.
    pub found: Vec<Option<Outcome>>,
    /// Which consumer dies, by place.
    pub victim: Option<ConsumerId>,
}

fn name(assignor: i64) -> &'static str {
    match assignor {
        0 => "range",
        1 => "round robin",
        2 => "sticky",
        3 => "cooperative-sticky",
        4 => "KIP-848, uniform",
        _ => "KIP-848, range",
    }
}

impl WhatIf {
    pub fn new(params: &Params, seed: u64, data: &Data) -> WhatIf {
        let mut plans: Vec<Plan> = Vec::new();
        // As it is; cooperative; KIP-848.
        for assignor in [params.assignor, 3, 4] {
            // Records come as long as a run lasts, and the group is at work when it begins.
            let params = Params { assignor, span: 3_600, begin: params::RUNNING, ..params.clone() };
            if plans.iter().all(|plan| plan.params.assignor != assignor) {
                let short = if assignor < 4 { "cooperative" } else { "KIP-848" };
                plans.push(Plan { name: name(assignor), short, params });
            }
        }
        let (data, ready, busy) = (data.clone(), None, None);
        WhatIf { data, seed, plans, ready, busy, found: Vec::new(), victim: None }
    }

    /// Goes on from what another found.
    pub fn resume(&mut self, victim: Option<ConsumerId>, found: Vec<Option<Outcome>>) {
        (self.victim, self.found, self.busy) = (victim, found, None);
    }

    pub fn runs(&self) -> usize {
        self.plans.len() * CASES.len()
    }

    pub fn progress(&self) -> f64 {
        self.found.len() as f64 / self.runs().max(1) as f64
    }

    pub fn outcome(&self, case: usize, plan: usize) -> Option<&Outcome> {
        self.found.get(plan * CASES.len() + case)?.as_ref()
    }

    /// A little of a run. `false`: all are done.
    pub fn step(&mut self) -> bool {
        let done = self.found.len();
        let (plan, case) = (done / CASES.len(), done % CASES.len());
        let (Some(plan_of), Some(case)) = (self.plans.get(plan), CASES.get(case)) else { return false };
        let Some(mut busy) = self.busy.take() else {
            match &self.ready {
                Some((ready, world)) if *ready == plan => {
                    let world = world.clone();
                    match self.begin(world, *case) {
                        Some(busy) => self.busy = Some(busy),
                        None => self.found.push(None),
                    }
                }
                _ => {
                    let mut world = World::build(&plan_of.params, self.seed, &self.data);
                    world.advance(WHEN);
                    self.ready = Some((plan, world));
                }
            }
            return true;
        };
        busy.at += STEP;
        busy.world.advance(busy.at);
        let quiet = busy.is_quiet();
        busy.quiet = if quiet { busy.quiet.or(Some(busy.at)) } else { None };
        let over = busy.quiet.is_some_and(|since| busy.at >= since + QUIET);
        if over || busy.at >= WHEN + LONGEST {
            self.found.push(Some(busy.outcome()));
        } else {
            self.busy = Some(busy);
        }
        self.found.len() < self.runs()
    }

    fn begin(&mut self, mut world: World, case: Case) -> Option<Busy> {
        let reads = |part: &PartId| world.part(*part).is_some_and(|part| matches!(part.holder(), Holder::Reads(_)));
        let read: Vec<PartId> = world.rows().filter(reads).collect();
        let before = world.partitions.len();
        let acts: Vec<Action> = match case {
            Case::Crash => {
                let most = world.consumers.iter().filter(|it| it.up()).map(|it| it.claims.len()).max()?;
                let victim = world.consumers.iter().find(|it| it.up() && it.claims.len() == most)?.id;
                self.victim = self.victim.or(Some(victim));
                vec![Action::Crash(u32::from(victim) + 1)]
            }
            Case::Join => vec![Action::Join],
            Case::Double => {
                let read_of = |topic: &&Topic| topic.parts.iter().any(|part| read.contains(part));
                let grow = |topic: &Topic| Action::Grow(topic.name.to_string(), topic.parts.len() as u32);
                world.topics.iter().filter(read_of).map(grow).collect()
            }
            Case::Deploy => vec![Action::Deploy],
        };
        if acts.is_empty() || read.is_empty() {
            return None;
        }
        for act in acts {
            world.act(WHEN, &act).ok()?;
        }
        Some(Busy { world, at: WHEN, read, before, quiet: None })
    }
}

impl Busy {
    /// Partitions that somebody should read: who had a reader, and new ones.
    fn parts(&self) -> impl Iterator<Item = &Partition> {
        let new = (self.before..self.world.partitions.len()).map(|part| part as PartId);
        self.read.iter().copied().chain(new).filter_map(|part| self.world.part(part))
    }

    fn is_quiet(&self) -> bool {
        let rollout = &self.world.rollout;
        let rolling = rollout.now.is_some() || !rollout.waiting.is_empty();
        !rolling && !self.world.in_progress() && self.parts().all(|part| matches!(part.holder(), Holder::Reads(_)))
    }

    fn outcome(&self) -> Outcome {
        let end = self.quiet.unwrap_or(self.at);
        let (mut unread, mut longest) = (0, 0);
        for part in self.parts() {
            let gap = unread_time(part, WHEN, end);
            unread += gap;
            longest = longest.max(gap);
        }
        let (mut moved, mut rebalances) = (0, 0);
        for one in self.world.rebalances.iter().filter(|one| one.began >= WHEN) {
            moved += one.moved;
            rebalances += 1;
        }
        Outcome { moved, unread, longest, rebalances, took: self.quiet.map(|quiet| quiet - WHEN) }
    }
}
