//! Rendezvous (highest random weight) hashing: every server has a score for the key, the highest wins.
//!
//! Thaler and Ravishankar 1998, "Using Name-Based Mappings to Increase Hit Rates".

use std::cmp::Ordering;

use super::functions::murmur3_x86_32;

/// The score of `node` for `key` as PyPI clandestined 1.1.0 computes it: MurmurHash3_x86_32 of `node-key`.
pub fn rendezvous_score(node: &str, key: &[u8], seed: u32) -> u32 {
    let mut text = Vec::with_capacity(node.len() + 1 + key.len());
    text.extend_from_slice(node.as_bytes());
    text.push(b'-');
    text.extend_from_slice(key);
    murmur3_x86_32(&text, seed)
}

/// The score of a server of weight `weight`: −w / ln(h), with h the plain score placed in the middle of its 1/2^32th
/// of (0, 1). Shares come out in proportion to the weights.
///
/// Schindelhauer and Schomaker 2005, "Weighted Distributed Hash Tables" (logarithmic method); in this form by Resch
/// 2015. `libm`, because native and wasm logarithms differ in the last bits.
pub fn weighted_rendezvous_score(node: &str, key: &[u8], seed: u32, weight: u32) -> f64 {
    weigh(rendezvous_score(node, key, seed), weight)
}

fn weigh(score: u32, weight: u32) -> f64 {
    f64::from(weight) / -libm::log((f64::from(score) + 0.5) / 4_294_967_296.0)
}

/// The servers that take part, ready to be scored.
#[derive(Clone, Debug)]
pub(super) struct Contest {
    seed: u32,
    weighted: bool,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    /// The name with the hyphen that joins it to the key.
    prefix: Vec<u8>,
    server: u32,
    weight: u32,
}

impl Contest {
    pub(super) fn new(seed: u32, weighted: bool, servers: impl Iterator<Item = (u32, String, u32)>) -> Contest {
        let node = |(server, name, weight): (u32, String, u32)| {
            let mut prefix = name.into_bytes();
            prefix.push(b'-');
            Node { prefix, server, weight }
        };
        Contest { seed, weighted, nodes: servers.map(node).collect() }
    }

    /// The key's own hash: nothing is placed by it, it only gives the key a spot in a picture.
    pub(super) fn key_hash(&self, key: &[u8]) -> u32 {
        murmur3_x86_32(key, self.seed)
    }

    /// Calls `visit` with every node and its rank for the key; positive floats compare as their bits do.
    fn ranks<'a>(&'a self, key: &[u8], mut visit: impl FnMut(u64, &'a Node)) {
        let mut text = Vec::new();
        for node in &self.nodes {
            text.clear();
            text.extend_from_slice(&node.prefix);
            text.extend_from_slice(key);
            let score = murmur3_x86_32(&text, self.seed);
            visit(if self.weighted { weigh(score, node.weight).to_bits() } else { u64::from(score) }, node);
        }
    }

    /// The server of the highest score; a tie goes to the greater name, then to the earlier server.
    pub(super) fn winner(&self, key: &[u8]) -> Option<u32> {
        let mut best: Option<(u64, &Node)> = None;
        self.ranks(key, |rank, node| {
            if best.is_none_or(|best| better((rank, node), best) == Ordering::Less) {
                best = Some((rank, node));
            }
        });
        best.map(|(_, node)| node.server)
    }

    /// The `n` best servers, best first.
    pub(super) fn best(&self, key: &[u8], n: usize, out: &mut Vec<u32>) {
        let mut ranked = Vec::with_capacity(n.min(self.nodes.len()) + 1);
        self.ranks(key, |rank, node| {
            let place = ranked.partition_point(|&other| better(other, (rank, node)) == Ordering::Less);
            if place < n {
                ranked.insert(place, (rank, node));
                ranked.truncate(n);
            }
        });
        out.extend(ranked.iter().map(|(_, node)| node.server));
    }

    /// Each server's part of the keys in the long run.
    pub(super) fn shares(&self, servers: usize) -> Vec<f64> {
        let part = |node: &Node| if self.weighted { u64::from(node.weight) } else { 1 };
        let total: u64 = self.nodes.iter().map(part).sum();
        let mut shares = vec![0.0; servers];
        for node in &self.nodes {
            if let Some(share) = shares.get_mut(node.server as usize) {
                *share = part(node) as f64 / total as f64;
            }
        }
        shares
    }
}

/// `Less` when `a` goes before `b`.
fn better(a: (u64, &Node), b: (u64, &Node)) -> Ordering {
    let name = |node: &'_ Node| node.prefix.len() - 1;
    b.0.cmp(&a.0)
        .then_with(|| b.1.prefix[..name(b.1)].cmp(&a.1.prefix[..name(a.1)]))
        .then_with(|| a.1.server.cmp(&b.1.server))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_greater_name_then_the_earlier_server() {
        let node = |name: &str, server| Node { prefix: format!("{name}-").into_bytes(), server, weight: 100 };
        let (a, b) = (node("a", 0), node("b", 1));
        assert_eq!(better((7, &b), (7, &a)), Ordering::Less);
        assert_eq!(better((8, &a), (7, &b)), Ordering::Less);
        assert_eq!(better((7, &node("a", 0)), (7, &node("a", 1))), Ordering::Less);
        // "a" < "a-b" though their prefixes "a-" and "a-b-" begin alike.
        assert_eq!(better((7, &node("a-b", 1)), (7, &a)), Ordering::Less);
    }

    #[test]
    fn weighted_scores_are_positive_and_finite() {
        for score in [0, 1, u32::MAX - 1, u32::MAX] {
            let weighed = weigh(score, 100);
            assert!(weighed.is_finite() && weighed > 0.0);
        }
        assert_eq!(weigh(5, 0), 0.0);
    }
}
