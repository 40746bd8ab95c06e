//! What the reader looks at: which operation and key that is, and what is toned down for it.

use super::tell::ms;
use super::types::*;
use super::world::World;
pub use crate::draw::pen::Weight;
use crate::draw::scene::{Subject, Token};
use crate::explainers::{Verdict, View};
use crate::models::quorum::version::Version;

/// So many messages of one operation have subjects of their own.
const MOST: usize = 63;

/// A message of an operation.
pub fn message(op: OpId, index: usize) -> Option<Subject> {
    (index < MOST).then(|| Subject { kind: "message", id: op.wrapping_mul(64).wrapping_add(index as u32 + 1) })
}

/// The operation of a message's subject, and which of its messages it is.
pub fn message_of(world: &World, subject: Subject) -> Option<(&Op, usize)> {
    let id = subject.id.checked_sub(1).filter(|_| subject.kind == "message")?;
    let op = world.op(id / 64)?;
    let index = (id % 64) as usize;
    (index < op.messages.len()).then_some((op, index))
}

/// A message's name: one that is still to come has one, too.
pub fn name(world: &World, subject: Subject) -> Option<String> {
    let id = subject.id.checked_sub(1).filter(|_| subject.kind == "message")?;
    Some(match message_of(world, subject) {
        Some((op, index)) => {
            let message = op.messages.get(index)?;
            let who = |place| match place {
                Place::Client(id) => format!("client {}", id + 1),
                Place::Node(id) => letter(id).to_string(),
            };
            let text = super::scene::words_of(Some(op), message, op.key);
            format!("{text}, {} to {}", who(message.from), who(message.to))
        }
        None => format!("message {} of operation {}", id % 64 + 1, id / 64 + 1),
    })
}

/// How a message stands.
pub fn state(world: &World, subject: Subject) -> Option<String> {
    let (op, index) = message_of(world, subject)?;
    let message = op.messages.get(index)?;
    let sent = message.sent.saturating_sub(op.invoked);
    let what = if message.lost.is_some() { "lost; it was to take" } else { "it takes" };
    let takes = ms(message.arrives.saturating_sub(message.sent));
    Some(format!("sent after {} ms, {what} {takes} ms", ms(sent)))
}

fn index(subject: Subject) -> Option<u32> {
    subject.id.checked_sub(1)
}

/// Whether an operation has to do with a node.
fn takes_part(op: &Op, id: NodeId) -> bool {
    op.coordinator == id || has(op.asked, id) || op.tried.contains(&id)
}

/// The operations that a broken check's counterexample names, in its order.
fn named(world: &World, check: u32) -> Vec<OpId> {
    let Some(Verdict::Broken(_, why)) = world.checks().into_iter().nth(check as usize).map(|check| check.verdict)
    else {
        return Vec::new();
    };
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let ids = why.split("operation ").skip(1).filter_map(|part| digits(part).parse::<OpId>().ok()?.checked_sub(1));
    let mut known: Vec<OpId> = Vec::new();
    for id in ids.filter(|id| world.op(*id).is_some()) {
        if !known.contains(&id) {
            known.push(id);
        }
    }
    known
}

/// The operation that something is about; of a node, a client or a key: its latest.
pub fn op_of(world: &World, subject: Subject) -> Option<&Op> {
    let id = index(subject)?;
    let latest = |fits: &dyn Fn(&Op) -> bool| world.ops.iter().rev().map(|op| &**op).find(|op| fits(op));
    match subject.kind {
        "op" => world.op(id).map(|op| &**op),
        "message" => message_of(world, subject).map(|found| found.0),
        // What the others contradict.
        "check" => named(world, id).first().and_then(|id| world.op(*id)).map(|op| &**op),
        "node" => latest(&|op| takes_part(op, id as NodeId)),
        "client" => latest(&|op| u32::from(op.client) == id),
        "key" => latest(&|op| u32::from(op.key) == id),
        _ => None,
    }
}

/// The operation whose story is shown: of what is lit, else of what is followed, else the reader's latest.
pub fn chosen<'a>(world: &'a World, view: &View) -> Option<&'a Op> {
    let asked = [view.focus, view.follow].into_iter().flatten().find_map(|subject| op_of(world, subject));
    let own = || world.ops.iter().rev().find(|op| op.own).map(|op| &**op);
    asked.or_else(own).or_else(|| world.ops.back().map(|op| &**op))
}

/// The key that the nodes' contents are shown of: what is pointed at or followed decides, else the reader's latest
/// operation. Not the latest of a random workload: that would change many times a second.
pub fn key_shown(world: &World, view: &View) -> KeyId {
    let of = |subject: Subject| match subject.kind {
        "key" => index(subject).map(|id| id as KeyId),
        "op" | "message" | "check" => op_of(world, subject).map(|op| op.key),
        _ => None,
    };
    let asked = [view.focus, view.follow].into_iter().flatten().find_map(of);
    let known = |key: &KeyId| usize::from(*key) < world.setup.replicas.len();
    asked.filter(known).or_else(|| world.ops.iter().rev().find(|op| op.own).map(|op| op.key)).unwrap_or(0)
}

/// The colour of a version; red is left to failures.
pub fn hue_of(value: Value) -> Token {
    const HUES: [Token; 6] = [Token::Blue, Token::Orange, Token::Green, Token::Pink, Token::Sky, Token::Gold];
    match value.checked_sub(1) {
        Some(index) => HUES[index as usize % HUES.len()],
        None => Token::Soft,
    }
}

/// The colour of what is carried or held: that of the latest of the versions.
pub fn hue_of_all(versions: &[Version]) -> Token {
    hue_of(versions.iter().map(|version| version.value).max().unwrap_or(0))
}

/// The colour a subject has in the picture.
pub fn ink(world: &World, subject: Subject) -> Option<Token> {
    let op = op_of(world, subject).filter(|_| matches!(subject.kind, "op" | "message"))?;
    let hue = if op.kind == OpKind::Write { hue_of(op.value) } else { hue_of_all(&op.versions) };
    (hue != Token::Soft).then_some(hue)
}

/// What is lit, and who has to do with it.
pub struct Light {
    pub subject: Option<Subject>,
    /// The operations that are lit: one, or those that a broken check is about.
    pub ops: Vec<OpId>,
    nodes: NodeSet,
    clients: Vec<ClientId>,
}

impl Light {
    pub fn new(world: &World, view: &View) -> Light {
        let subject = view.lit().filter(|subject| match subject.kind {
            "op" | "message" | "check" => op_of(world, *subject).is_some(),
            "node" | "client" | "key" => true,
            _ => false,
        });
        let mut light = Light { subject, ops: Vec::new(), nodes: 0, clients: Vec::new() };
        let Some((subject, id)) = subject.and_then(|subject| Some((subject, index(subject)?))) else { return light };
        let people = |op: &Op| (0..16).filter(|id| takes_part(op, *id)).fold(0, |set, id| set | 1 << id);
        match subject.kind {
            "node" => light.nodes = 1 << id.min(15),
            "key" => light.nodes = world.replicas(id as KeyId).iter().fold(0, |set, node| set | 1 << node),
            "client" => {
                let home = world.clients.get(id as usize).map_or(0, |client| 1 << client.home);
                light.nodes = op_of(world, subject).map_or(0, people) | home;
                light.clients.push(id as ClientId);
            }
            "check" => light.ops = named(world, id),
            _ => light.ops.extend(op_of(world, subject).map(|op| op.id)),
        }
        for op in light.ops.iter().filter_map(|id| world.op(*id)) {
            light.clients.push(op.client);
            light.nodes |= people(op);
        }
        light
    }

    fn weigh(&self, lit: bool) -> Weight {
        match (self.subject, lit) {
            (None, _) => Weight::Plain,
            (_, true) => Weight::Strong,
            (_, false) => Weight::Faint,
        }
    }

    pub fn node(&self, id: NodeId) -> Weight {
        self.weigh(has(self.nodes, id))
    }

    pub fn client(&self, id: ClientId) -> Weight {
        self.weigh(self.clients.contains(&id))
    }

    /// A message and its own subject, if it has one: pointed at by itself, it stands out among its operation's.
    pub fn of_message(&self, world: &World, message: &Message, own: Option<Subject>) -> Weight {
        let alone = self.subject.filter(|subject| subject.kind == "message");
        match self.message(world, message) {
            Weight::Strong if alone.is_some() && alone != own => Weight::Plain,
            weight => weight,
        }
    }

    fn message(&self, world: &World, message: &Message) -> Weight {
        let Some((subject, id)) = self.subject.and_then(|subject| Some((subject, index(subject)?))) else {
            return Weight::Plain;
        };
        self.weigh(match subject.kind {
            "node" => [message.from, message.to].contains(&Place::Node(id as NodeId)),
            "key" => u32::from(message.key) == id,
            "client" => message.op.and_then(|op| world.op(op)).is_some_and(|op| u32::from(op.client) == id),
            _ => message.op.is_some_and(|op| self.ops.contains(&op)),
        })
    }
}
