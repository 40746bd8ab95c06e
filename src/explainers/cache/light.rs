//! What the reader looks at: which colour it has, which key it is about, and who has to do with it.

use super::types::*;
use super::world::World;
use crate::draw::pen::Weight;
use crate::draw::scene::{Subject, Token};
use crate::explainers::View;

/// The hues of clients, again from the first after the last; red is left to what is stale or fails.
const HUES: [Token; 6] = [Token::Blue, Token::Orange, Token::Green, Token::Pink, Token::Sky, Token::Gold];

pub fn hue(id: ClientId) -> Token {
    HUES.get(usize::from(id) % HUES.len()).copied().unwrap_or(Token::Blue)
}

/// The colour a subject has in the picture: clients have one each, and what they send has theirs.
pub fn ink(world: &World, subject: Subject) -> Option<Token> {
    let id = subject.id.checked_sub(1)?;
    match subject.kind {
        "client" => (id < world.clients.len() as u32).then(|| hue(id as ClientId)),
        "request" => world.request(id).map(|request| hue(request.client)),
        "message" => client_of(world, world.message(id)?).map(hue),
        _ => None,
    }
}

/// The client on whose behalf a message goes; `None`: a cache's or the database's own.
pub fn client_of(world: &World, message: &Message) -> Option<ClientId> {
    match (message.from, message.to) {
        (Place::Client(id), _) | (_, Place::Client(id)) => Some(id),
        _ => world.request(message.request?).map(|request| request.client),
    }
}

/// The key that something is about.
pub fn key_of(world: &World, subject: Subject) -> Option<KeyId> {
    let id = subject.id.checked_sub(1)?;
    match subject.kind {
        "key" => (id < world.all_keys()).then_some(id),
        "request" => world.request(id).map(|request| request.key),
        "message" => world.message(id).map(|message| message.key),
        _ => None,
    }
}

/// The key whose story is shown: of what is lit, else of what is followed, else the one that was asked for last by
/// the reader, else the first.
pub fn key_shown(world: &World, view: &View) -> KeyId {
    let asked = [view.focus, view.follow].into_iter().flatten().find_map(|subject| key_of(world, subject));
    asked.or_else(|| world.own.and_then(|id| world.request(id)).map(|request| request.key)).unwrap_or(0)
}

/// What is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lit {
    Nothing,
    Client(ClientId),
    Node(NodeId),
    Db,
    Key(KeyId),
    Request(RequestId),
    Message(u32),
}

/// What is lit, and who has to do with it.
pub struct Light {
    pub subject: Option<Subject>,
    lit: Lit,
    /// The key, the client and the node it is about.
    pub key: Option<KeyId>,
    client: Option<ClientId>,
    node: Option<NodeId>,
}

impl Light {
    pub fn new(world: &World, view: &View) -> Light {
        let subject = view.lit();
        let mut light = Light { subject, lit: Lit::Nothing, key: None, client: None, node: None };
        let Some((subject, id)) = subject.and_then(|it| Some((it, it.id.checked_sub(1)?))) else { return light };
        light.key = key_of(world, subject);
        light.node = light.key.and_then(|key| world.home(key));
        light.lit = match subject.kind {
            "client" if (id as usize) < world.clients.len() => {
                light.client = Some(id as ClientId);
                Lit::Client(id as ClientId)
            }
            "cache" if (id as usize) < world.nodes.len() => {
                light.node = Some(id as NodeId);
                Lit::Node(id as NodeId)
            }
            "db" => Lit::Db,
            "key" if light.key.is_some() => Lit::Key(id),
            "request" if light.key.is_some() => {
                light.client = world.request(id).map(|request| request.client);
                Lit::Request(id)
            }
            "message" if light.key.is_some() => {
                let message = world.message(id);
                light.client = message.and_then(|message| client_of(world, message));
                let node = message.map(|message| [message.from, message.to]).into_iter().flatten();
                light.node = node.filter_map(|place| if let Place::Node(id) = place { Some(id) } else { None }).next();
                Lit::Message(id)
            }
            _ => Lit::Nothing,
        };
        if light.lit == Lit::Nothing {
            light.subject = None;
        }
        light
    }

    fn weigh(&self, counts: Option<bool>) -> Weight {
        match (self.lit, counts) {
            (Lit::Nothing, _) | (_, None) => Weight::Plain,
            (_, Some(true)) => Weight::Strong,
            _ => Weight::Faint,
        }
    }

    pub fn of_client(&self, id: ClientId) -> Weight {
        self.weigh(self.client.map(|lit| lit == id))
    }
    pub fn of_node(&self, id: NodeId) -> Weight {
        self.weigh(self.node.map(|lit| lit == id))
    }
    pub fn of_db(&self) -> Weight {
        self.weigh((self.lit == Lit::Db).then_some(true))
    }
    /// A key where it lies: of somebody that is lit, all keys are as they are.
    pub fn of_key(&self, key: KeyId) -> Weight {
        self.weigh(self.key.map(|lit| lit == key))
    }
    pub fn of_request(&self, request: &Request) -> Weight {
        self.weigh(match self.lit {
            Lit::Nothing | Lit::Node(_) | Lit::Db => None,
            Lit::Client(id) => Some(request.client == id),
            Lit::Key(key) => Some(request.key == key),
            Lit::Request(id) => Some(request.id == id),
            Lit::Message(_) => Some(Some(request.client) == self.client && Some(request.key) == self.key),
        })
    }
    pub fn of_message(&self, world: &World, message: &Message) -> Weight {
        let touches = |place: Place| message.from == place || message.to == place;
        self.weigh(match self.lit {
            Lit::Nothing => None,
            Lit::Client(id) => Some(client_of(world, message) == Some(id)),
            Lit::Node(id) => Some(touches(Place::Node(id))),
            Lit::Db => Some(touches(Place::Db)),
            Lit::Key(key) => Some(message.key == key || has(message, key)),
            Lit::Request(id) => Some(message.request == Some(id)),
            Lit::Message(id) => Some(message.id == id),
        })
    }

    /// What the still picture depends on.
    pub fn digest(&self) -> u64 {
        crate::sim::digest(&(self.lit, self.key, self.client, self.node))
    }
}

fn has(message: &Message, key: KeyId) -> bool {
    message.batch.as_ref().is_some_and(|batch| batch.iter().any(|one| one.0 == key))
}
