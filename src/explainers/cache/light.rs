//! What the reader looks at: which colour it has, and which key it is about.

use super::types::*;
use super::world::World;
use crate::draw::scene::{Subject, Token};
use crate::explainers::View;

/// The hues of clients, again from the first after the last; red is left to what fails.
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
        "message" => world.message(id)?.request.and_then(|id| world.request(id)).map(|request| hue(request.client)),
        _ => None,
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
