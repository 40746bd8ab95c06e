//! What the cache and the database have of the key over time, each as a lane.

use super::super::key as key_subject;
use super::super::params::BACK;
use super::super::types::*;
use super::Strip;
use crate::draw::pen::{Area, hatch, wide};
use crate::draw::scene::{Anchor, Hit, Ink, Shape, Stroke, Token};
use crate::sim::Micros;
use std::rc::Rc;

/// What the cache has of the key for a while.
#[derive(Clone, Copy, PartialEq)]
enum Has {
    Nothing,
    Fresh(Version),
    Dirty(Version),
    Stale(Version),
}

impl Strip<'_> {
    /// Stretches of what the cache has, from the latest backwards.
    fn held(&self) -> Vec<(Micros, Micros, Has, Option<Held>)> {
        let mut out = Vec::new();
        let mut until = self.at;
        let home = self.world.home(self.key);
        let back = self.world.params().writing() == BACK;
        for hold in self.world.holds_of(self.key) {
            if hold.at > self.at || Some(hold.node) != home {
                continue;
            }
            let has = match hold.what {
                Held::Has(version, Origin::Write) if back => Has::Dirty(version),
                Held::Has(version, _) | Held::Clean(version) => Has::Fresh(version),
                Held::Stale(version) => Has::Stale(version),
                _ => Has::Nothing,
            };
            out.push((hold.at, until, has, Some(hold.what)));
            until = hold.at;
            if hold.at < self.from {
                return out;
            }
        }
        out.push((self.from, until, Has::Nothing, None));
        out
    }

    pub fn cache_lane(&mut self) {
        let Some(area) = self.cache else { return };
        let hit =
            Rc::new(Hit { subject: Some(key_subject(self.key)), label: "what the cache has of it".into(), act: None });
        for (from, until, has, _) in self.held().into_iter().rev() {
            if until < self.from {
                continue;
            }
            let (x0, x1) = (self.x(from), self.x(until));
            let piece = Area { x: x0, y: area.y, w: (x1 - x0).max(1.0), h: area.h };
            let (version, word) = match has {
                // It goes on: only the end of it grows.
                Has::Fresh(version) if until == self.at && !self.over => {
                    self.ongoing(&piece, Token::Wash.into(), Stroke::new(Token::Soft, 1.2), &hit);
                    (version, "")
                }
                Has::Dirty(version) if until == self.at && !self.over => {
                    let fill = Ink::faded(Token::Orange, 40);
                    self.ongoing(&piece, fill, Stroke::new(Token::Orange, 1.6), &hit);
                    (version, "dirty")
                }
                Has::Nothing => {
                    let y = area.y + area.h / 2.0;
                    let ground = Area { y: y - 2.0, h: 4.0, ..piece };
                    self.rect(&ground, 0.0, Some(Token::Card.into()), None, None);
                    let stroke = Stroke::dashed(Token::Soft, 1.2, 2.0, 4.0);
                    self.layer.add(Shape::Line { x1: x0, y1: y, x2: x1, y2: y, stroke });
                    continue;
                }
                Has::Fresh(version) => {
                    let stroke = Some(Stroke::new(Token::Soft, 1.2));
                    self.rect(&piece, 2.0, Some(Token::Wash.into()), stroke, Some(&hit));
                    (version, "")
                }
                Has::Dirty(version) => {
                    let stroke = Some(Stroke::new(Token::Orange, 1.6));
                    self.rect(&piece, 2.0, Some(Ink::faded(Token::Orange, 40)), stroke, Some(&hit));
                    (version, "dirty")
                }
                Has::Stale(version) => {
                    self.rect(&piece, 2.0, Some(Token::Card.into()), None, Some(&hit));
                    hatch(&mut self.layer, &piece, 6.0, Stroke::new(Ink::faded(Token::Red, 150), 1.4));
                    self.rect(&piece, 2.0, None, Some(Stroke::new(Token::Red, 1.6)), None);
                    (version, "stale")
                }
            };
            self.version(&piece, version, word, has);
        }
    }

    /// A stretch's version, on a ground of its own.
    fn version(&mut self, piece: &Area, version: Version, word: &str, has: Has) {
        let name = self.world.version_name(self.key, version);
        let long = if word.is_empty() { name.clone() } else { [&name, " ", word].concat() };
        let stale = matches!(has, Has::Stale(_));
        for text in [long, name] {
            let w = wide(&text, self.small, 600) + 6.0;
            if w + 3.0 <= piece.w {
                let ground = Area { x: piece.x + 2.5, y: piece.y + 2.5, w, h: piece.h - 5.0 };
                if stale {
                    self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 235)), None, None);
                }
                let at = (ground.x + 3.0, piece.y + piece.h / 2.0 + self.small * 0.36);
                let ink = if stale { Token::Red } else { Token::Ink };
                self.write(at, 600, Anchor::Start, ink, text);
                self.taken.push(ground);
                return;
            }
        }
    }

    pub fn db_lane(&mut self) {
        let area = self.db;
        let hit = Rc::new(Hit {
            subject: Some(key_subject(self.key)),
            label: "what the database has of it".into(),
            act: None,
        });
        let mut until = self.at;
        let mut pieces: Vec<(Micros, Micros, Version)> = Vec::new();
        for commit in self.world.commits_of(self.key).filter(|commit| commit.at <= self.at) {
            pieces.push((commit.at, until, commit.version));
            until = commit.at;
            if commit.at < self.from {
                break;
            }
        }
        let absent = self.world.absent(self.key);
        let first = until.max(self.from);
        if pieces.last().is_none_or(|last| last.0 >= self.from) && !absent {
            // Before the first commit of all.
            pieces.push((self.from, first, 0));
        }
        for (from, until, version) in pieces.into_iter().rev() {
            let (x0, x1) = (self.x(from), self.x(until));
            let piece = Area { x: x0, y: area.y, w: (x1 - x0).max(1.0), h: area.h };
            let stroke = Stroke::new(Token::Soft, 1.2);
            match until == self.at && !self.over {
                true => self.ongoing(&piece, Token::Wash.into(), stroke, &hit),
                false => self.rect(&piece, 2.0, Some(Token::Wash.into()), Some(stroke), Some(&hit)),
            }
            if from > self.from {
                // A commit: from here on everything older is stale.
                let stroke = Stroke::new(Token::Ink, 2.4);
                self.layer.add(Shape::Line { x1: x0, y1: area.y - 3.0, x2: x0, y2: area.y + area.h + 3.0, stroke });
            }
            self.version(&piece, version, "", Has::Fresh(version));
        }
    }
}
