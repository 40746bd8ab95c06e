//! The group's coordinator: which broker it is on, the group's state, generation or epochs, and its members' sessions.

use super::super::coordination::MemberView;
use super::super::light::{hue, seconds};
use super::super::{broker as broker_subject, consumer as consumer_subject};
use super::Picture;
use super::boxes::centred;
use crate::draw::motion::between;
use crate::draw::pen::{Area, Weight, arrow_head, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

/// A state's name where there is less room.
fn short(state: &str) -> &str {
    match state {
        "PreparingRebalance" => "Preparing",
        "CompletingRebalance" => "Completing",
        state => state,
    }
}

/// And where there is very little.
fn shortest(state: &str) -> &str {
    match state {
        "PreparingRebalance" => "Prepare",
        "CompletingRebalance" => "Complete",
        "Assigning" => "Assign",
        "Reconciling" => "Reconcile",
        state => state,
    }
}

fn member_name(member: &MemberView) -> String {
    member.who.map_or("?".into(), |id| format!("C{}", id + 1))
}

impl Picture<'_> {
    pub fn strip(&self, layer: &mut Layer) {
        let stage = self.stage;
        let Area { x, y, w, h } = stage.strip;
        let weight = self.light.of_group();
        let subject = self.world.coordinator.map(broker_subject);
        let label = "the group's coordinator".to_string();
        let hit = Rc::new(Hit { subject, label, act: None });
        let lost = self.world.coordinator.is_none();
        let stroke = match (lost, weight) {
            (true, _) => Stroke::dashed(Token::Red, 1.5, 4.0, 4.0),
            (_, Weight::Strong) => Stroke::new(Token::Ink, 2.2),
            _ => Stroke::new(Token::Line, 1.2),
        };
        let fill = Some(Token::Paper.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r: 9.0, fill, stroke: Some(stroke) }, &hit);
        let small = stage.small;
        let baseline = y + 8.0 + small * 0.86;
        let left = x + 10.0;
        write(
            layer,
            (left, baseline),
            small,
            600,
            Anchor::Start,
            toned(Token::Ink, weight),
            "Group coordinator".into(),
        );
        let at = (left + wide("Group coordinator", small, 600) + 7.0, baseline);
        let (text, ink) = match self.world.coordinator {
            Some(id) => (format!("on B{}", id + 1), Token::Soft),
            None => ("none: its broker is down".to_string(), Token::Red),
        };
        let after = at.0 + wide(&text, small, 500) + 10.0;
        write(layer, at, small, 500, Anchor::Start, toned(ink, weight), text);
        let epoch = self.group.epoch;
        let tries = match self.group.target_epoch {
            Some(target) => vec![
                format!("group epoch {epoch}, target assignment {target}"),
                format!("epoch {epoch}, target {target}"),
                format!("epoch {epoch}"),
            ],
            None => vec![format!("generation {epoch}"), format!("gen. {epoch}")],
        };
        let right = x + w - 10.0;
        if let Some(text) = tries.into_iter().find(|text| right - wide(text, small, 600) > after) {
            write(layer, (right, baseline), small, 600, Anchor::End, toned(Token::Ink, weight), text);
        }
        self.states(layer, Area { x: left, y: y + stage.leading() + 10.0, w: w - 20.0, h: stage.chip() + 2.0 }, weight);
        self.members(layer, weight);
    }

    /// The states in their order, the one of now lit; the way back from the stable state to the next rebalance.
    fn states(&self, layer: &mut Layer, room: Area, weight: Weight) {
        let small = self.stage.small;
        let n = self.group.states.len().max(1);
        let sizes = |shorten: fn(&str) -> &str, pad: f32| -> Vec<f32> {
            self.group.states.iter().map(|state| wide(shorten(state), small, 600) + pad).collect()
        };
        type Try = (fn(&str) -> &'_ str, f32, f32);
        let tries: [Try; 4] =
            [(|state| state, 20.0, 22.0), (short, 16.0, 18.0), (short, 8.0, 8.0), (shortest, 5.0, 3.0)];
        let fits = |(shorten, pad, gap): &(fn(&str) -> &str, f32, f32)| {
            sizes(*shorten, *pad).iter().sum::<f32>() + gap * (n - 1) as f32 <= room.w
        };
        let (shorten, pad, gap) = tries.into_iter().find(fits).unwrap_or((shortest, 2.0, 2.0));
        let widths = sizes(shorten, pad);
        let mut x = room.x;
        let mut boxes: Vec<Area> = Vec::new();
        for w in &widths {
            boxes.push(Area { x, w: *w, ..room });
            x += w + gap;
        }
        let line = Stroke::new(toned(Token::Soft, weight), 1.2);
        for pair in boxes.windows(2).take(n.saturating_sub(2)) {
            let (from, to, y) = (pair[0].x + pair[0].w, pair[1].x, room.y + room.h / 2.0);
            if gap >= 8.0 {
                layer.add(Shape::Line { x1: from + 2.0, y1: y, x2: to - 3.0, y2: y, stroke: line });
                arrow_head(layer, (to - 1.0, y), 0.25, 6.0, toned(Token::Soft, weight));
            }
        }
        // From Stable, and from the state before it, back to the first of a rebalance.
        if let (Some(to), Some(from), true) = (boxes.get(1), boxes.get(3), n == 5) {
            let (y, deep) = (room.y + room.h + 1.0, 8.0);
            let (a, b) = (from.x + from.w * 0.5, to.x + to.w * 0.5);
            let segs = [
                Seg::Move(a, y),
                Seg::Cubic(a, y + deep, a - 4.0, y + deep, a - 12.0, y + deep),
                Seg::Line(b + 12.0, y + deep),
                Seg::Cubic(b + 4.0, y + deep, b, y + deep, b, y + 3.0),
            ];
            layer.add(Shape::Path { segs: Rc::new(segs), fill: None, stroke: Some(line) });
            arrow_head(layer, (b, y), 0.0, 6.0, toned(Token::Soft, weight));
        }
        for (area, state) in boxes.iter().zip(self.group.states) {
            let now = *state == self.group.state;
            let (fill, stroke, ink) = match (now, *state) {
                (true, "Stable") => (Token::Green, Token::Green, Token::Green.text_on()),
                (true, "Empty" | "Dead") => (Token::Soft, Token::Soft, Token::Card),
                (true, _) => (Token::Orange, Token::Orange, Token::Orange.text_on()),
                _ => (Token::Card, Token::Line, Token::Soft),
            };
            let stroke = Some(Stroke::new(toned(stroke, weight), 1.2));
            let Area { x, y, w, h } = *area;
            let fill = Some(toned(fill, if now { weight } else { Weight::Plain }));
            layer.add(Shape::Rect { x, y, w, h, r: h / 2.0, fill, stroke });
            let ink = if now { ink.into() } else { toned(ink, weight) };
            centred(layer, area, small, if now { 650 } else { 500 }, ink, shorten(state).to_string());
        }
    }

    /// By consumer of the group's view: its chip.
    fn member_area(&self, nth: usize) -> Area {
        let stage = self.stage;
        let w = stage.member;
        let each = w + 8.0;
        let across = (((stage.strip.w - 20.0 + 8.0) / each) as usize).max(1);
        let top = stage.strip.y + stage.leading() + 10.0 + stage.chip() + 2.0 + 17.0;
        let (column, line) = (nth % across, nth / across);
        Area {
            x: stage.strip.x + 10.0 + column as f32 * each,
            y: top + line as f32 * (stage.chip() + 5.0),
            w,
            h: stage.chip(),
        }
    }

    fn members(&self, layer: &mut Layer, weight: Weight) {
        let stage = self.stage;
        let small = stage.small;
        let members = &self.group.members;
        if members.is_empty() || stage.members < members.len() {
            let area = self.member_area(0);
            let behind = members.iter().filter(|member| member.epoch < self.group.epoch).count();
            let mut text = match members.len() {
                0 => "no members".to_string(),
                1 => "1 member".to_string(),
                n => format!("{n} members"),
            };
            if behind > 0 && self.group.target_epoch.is_some() {
                text += &format!(", {behind} not yet at epoch {}", self.group.epoch);
            }
            let at = (area.x, area.y + area.h / 2.0 + small * 0.36);
            write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), text);
            return;
        }
        for (nth, member) in members.iter().enumerate() {
            let area = self.member_area(nth);
            let epoch = member.epoch;
            let (weight, hue) = self.of_member(member);
            let label = ["member ", &member_name(member), " ", member.state].concat();
            let hit = Rc::new(Hit { subject: member.who.map(consumer_subject), label, act: None });
            let Area { x, y, w, h } = area;
            let late = self.group.target_epoch.is_some() && epoch < self.group.epoch;
            let stroke = if late {
                Stroke::dashed(toned(hue, weight), 1.4, 4.0, 3.0)
            } else {
                Stroke::new(toned(hue, weight), 1.2)
            };
            let fill = Some(Token::Card.into());
            layer.add_hit(Shape::Rect { x, y, w, h, r: 4.0, fill, stroke: Some(stroke) }, &hit);
            let name = self.member_text(member);
            let at = (x + 6.0, y + h / 2.0 + small * 0.36 - 1.0);
            write(layer, at, small, 600, Anchor::Start, toned(Token::Ink, weight), name);
        }
    }

    fn of_member(&self, member: &MemberView) -> (Weight, Token) {
        let plain = if self.light.subject.is_some() { Weight::Faint } else { Weight::Plain };
        member.who.map_or((plain, Token::Soft), |id| (self.light.of_consumer(id), hue(id)))
    }

    fn member_text(&self, member: &MemberView) -> String {
        let name = member_name(member);
        let tries = match self.group.target_epoch {
            Some(_) => [format!("{name} epoch {}", member.epoch), format!("{name} · {}", member.epoch)],
            None => [name.clone(), name.clone()],
        };
        let fits = |text: &String| wide(text, self.stage.small, 600) + 10.0 <= self.stage.member;
        tries.into_iter().find(fits).unwrap_or(name)
    }

    fn session(&self) -> Micros {
        self.world.params().session.max(1) as Micros * SECOND
    }

    /// How long members may still be silent: their sessions as bars that shrink.
    pub fn sessions(&self, layer: &mut Layer) {
        let stage = self.stage;
        let small = stage.small;
        let members = &self.group.members;
        let session = self.session();
        let beat = match self.group.target_epoch {
            Some(_) => 5,
            None => self.world.params().heartbeat.max(1) as Micros,
        } * SECOND;
        let silent = |ends: Micros| ends.saturating_sub(self.at) + beat * 2 < session || ends < self.at + session / 3;
        if stage.members < members.len() {
            let area = self.member_area(0);
            let mut at = area.x + wide("100 members, 100 not yet at epoch 1,000", small, 400) + 8.0;
            let ending = |member: &MemberView| member.session_ends.filter(|ends| silent(*ends));
            for (member, ends) in members.iter().filter_map(|member| Some((member, ending(member)?))) {
                let text = format!("{} dead in {}", member_name(member), seconds(ends.saturating_sub(self.at)));
                let w = wide(&text, small, 500);
                if at + w > stage.strip.x + stage.strip.w - 10.0 {
                    break;
                }
                let spot = (at, area.y + area.h / 2.0 + small * 0.36);
                write(layer, spot, small, 500, Anchor::Start, Token::Red.into(), text);
                at += w + 14.0;
            }
            return;
        }
        for (nth, member) in members.iter().enumerate() {
            let Some(ends) = member.session_ends else { continue };
            let area = self.member_area(nth);
            let (weight, hue) = self.of_member(member);
            let left = 1.0 - between(self.at, ends.saturating_sub(session), ends);
            let grave = silent(ends);
            let ink = if grave { Token::Red } else { hue };
            let (y, w) = (area.y + area.h - 4.0, area.w - 6.0);
            let ground = Some(Ink::faded(Token::Line, 160));
            layer.add(Shape::Rect { x: area.x + 3.0, y, w, h: 2.5, r: 1.2, fill: ground, stroke: None });
            let fill = Some(thin(toned(ink, weight), if grave { 1.0 } else { 0.6 }));
            layer.add(Shape::Rect { x: area.x + 3.0, y, w: w * left, h: 2.5, r: 1.2, fill, stroke: None });
            if grave {
                let name = self.member_text(member);
                let text = format!("{} s", ends.saturating_sub(self.at).div_ceil(SECOND));
                if wide(&name, small, 600) + wide(&text, small, 600) + 16.0 <= area.w {
                    let at = (area.x + area.w - 6.0, area.y + area.h / 2.0 + small * 0.36 - 1.0);
                    write(layer, at, small, 600, Anchor::End, toned(Token::Red, weight), text);
                }
            }
        }
    }
}
