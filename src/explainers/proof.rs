//! Links whose worlds must come out the same on every machine: a browser's digests are held against native ones.

use super::{Player, REGISTRY, find};
use crate::link::{self, Link};

/// Settings no lesson has: every rule with every hash it takes, odd sizes, own data, texts nobody should have sent.
const ODD: &[(&str, &str)] = &[
    ("hash-ring", "servers=300&vnodes=40&keys=5000&copies=3&do=1s:add;2s:crash(7);4s:restart(7)&t=2.9"),
    ("hash-ring", "servers=1000&vnodes=3&keys=20000&do=1s:leave(1000)&t=1.4"),
    ("hash-ring", "copies=3&do=0.5s:crash(1);0.9s:crash(2);1.3s:crash(3)&t=2"),
    ("hash-ring", "copies=5&servers=3&do=1s:add;1.2s:leave(1)&t=1.7"),
    ("hash-ring", "servers=6&do=1s:weight(3,1000);1.5s:weight(1,10);2s:weight(6,333)&t=2.5"),
    ("hash-ring", "placement=ketama-weighted&servers=7&do=1s:weight(2,150);3s:weight(5,50);5s:leave(1)&t=6"),
    ("hash-ring", "placement=bounded&bound=105&vnodes=3&do=1s:hot(60);3s:add;5s:cool&t=4"),
    ("hash-ring", "vnodes=100&capacity=110&do=1s:hot(40);2s:add&t=9&seed=18446744073709551615"),
    ("hash-ring", "placement=redis&copies=2&servers=7&do=1s:crash(2);3s:restart(2);6s:add;9s:leave(4)&t=9.5"),
    ("hash-ring", "placement=rendezvous&servers=900&keys=100000&do=1s:crash(450)&t=2"),
    ("hash-ring", "own-servers=a,b*250,c*10,node%20d&own-keys=x,y,%F0%9F%98%80,a%2Cb,z&copies=2&do=1s:crash(1)&t=2"),
    ("hash-ring", "do=1s:lookup(%F0%9F%98%80%E2%80%AE%00%0A);9s:lookup({}{a}%25%28%29)&t=12&copies=3"),
    ("hash-ring", "placement=redis&do=1s:lookup({user1000}.following);8s:lookup(foo{{bar}}zap)&t=10"),
    ("hash-ring", "placement=cassandra&vnodes=256&servers=9&seed=0&do=1s:lookup(%3Cscript%3E);2s:add&t=3"),
    ("hash-ring", "servers=0&vnodes=-3&copies=99&keys=1e9&hash=rot13&do=1s:crash(0);1s:fly;x&t=86400"),
    ("hash-ring", "servers=1&vnodes=1&keys=10&do=1s:crash(1);2s:restart(1)&t=1.5"),
    ("hash-ring", "follow=server-2&do=0.000001s:add;0.000002s:leave(6)&t=0.000003"),
    ("quorum", "do=0.01s:write(1,x);0.02s:read(2,x)&t=0.035"),
    ("quorum", "w=1&r=1&load=80&clients=4&keys=3&span=900&t=1"),
    ("quorum", "delay=ymmr&load=40&clients=3&timeout=200&loss=10&hints=on&t=1.2"),
    ("quorum", "delay=lnkd-disk&repair=blocking&digest=on&ask=some&spec=8&load=60&seed=3&do=0.2s:slow(2,20)&t=0.9"),
    ("quorum", "delay=lnkd-ssd&repair=background&digest=on&load=200&clients=8&keys=16&entropy=50&t=0.7"),
    ("quorum", "resolve=vector&w=1&r=3&load=50&clients=5&do=0.2s:cut(12);0.5s:heal;0.6s:sync(1,3)&entropy=90&t=1.3"),
    ("quorum", "resolve=lamport&load=50&loss=5&skew=40&do=0.1s:skew(3,700);0.3s:via(1,4)&t=1"),
    ("quorum", "suspect=50&sloppy=on&hints=on&load=40&do=0.1s:crash(1);0.4s:wipe(4);0.6s:restart(1)&t=1.4"),
    ("quorum", "dcs=2&nodes=6&n=5&wl=each-quorum&rl=local-quorum&load=30&delay=wan&timeout=900&t=1.1"),
    (
        "quorum",
        "wl=any&rl=one&hints=on&suspect=30&do=0.1s:crash(1);0.1s:crash(2);0.1s:crash(3);0.3s:write(4,x)&clients=4&t=0.5",
    ),
    (
        "quorum",
        "nodes=3&n=7&w=7&r=7&do=1s:crash(0);1s:cut();1s:cut(123);1s:write(9,q);2s:write(1,x);2s:cut-link(1,2)&t=2.1",
    ),
    (
        "quorum",
        "delay=own&skew=200&load=500&clients=8&span=300&resolve=lww&t=0.4&follow=op-3&seed=18446744073709551615",
    ),
    ("kafka", "do=2s:join;9s:crash(2);20s:leave(1)&session=6&heartbeat=2&t=30"),
    ("kafka", "assignor=uniform&consumers=40&partitions=300&rate=900&process=30&span=12&do=1s:join;3s:crash(9)&t=11"),
    ("kafka", "assignor=cooperative-sticky&static=on&do=1s:deploy;14s:grow(orders,5)&metadata=4&topics=3&t=33"),
    ("kafka", "acks=1&lag=400&idempotent=off&rate=300&unclean=on&copies=2&do=2s:fail(1);3s:fail(2);15s:repair(1)&t=20"),
    (
        "kafka",
        "bad=20&fail=topics&work=worker&buffer=4&commit=before&do=2s:hang(1,9);4s:slow(2,7)&session=6&poll=5&t=28",
    ),
    (
        "kafka",
        "begin=empty&consumers=9&assignor=sticky&topics=2&do=4s:unsubscribe(1,orders);9s:rate(0);12s:hot(90)&t=16",
    ),
    ("kafka", "brokers=1&copies=3&min-isr=3&do=1s:fail(1);2s:join;9s:repair(1);1s:fail(9);1s:grow(x,0)&t=25"),
    ("cache", "do=0.05s:write(1,1);0.06s:read(2,30);0.1s:crash(1);0.2s:restart(1);0.3s:burst(40,2);0.5s:flush&t=0.8"),
    ("cache", "rule=arc&nodes=3&keys=400&capacity=40&rate=2000&warm=20000&unit=bytes&slots=20&db=7&t=0.9&seed=3"),
    (
        "cache",
        "rule=tinylfu&work=hotspot&keys=200&capacity=20&rate=900&ttl=70&jitter=40&early=130&spread=exponential&t=1",
    ),
    (
        "cache",
        "write=back&flush=20&batch=3&writes=60&spread=exponential&do=0.1s:dbdown;0.2s:crash(1);0.3s:dbup;0.4s:restart(1)&t=0.7",
    ),
    (
        "cache",
        "rule=s3-fifo&flight=lease&replica=30&write=log&do=0.1s:pause(1,200);0.3s:resize(3);0.5s:slowdb(9)&t=1.2",
    ),
    ("cache", "read=ahead&flight=single&ttl=50&ahead=60&rule=2q&absent=40&bloom=3&negative=on&every=30&burst=90&t=0.6"),
    (
        "cache",
        "read=none&work=loop&slots=1&queue=3&rate=300&do=0s:crash(1);1s:shift;0.2s:read(0,0);0.3s:write(1,48)&t=2",
    ),
    ("cache", "rule=random&capacity=1&keys=1&writes=100&write=through&hop=200&way=0&follow=key-1&t=0.5"),
    ("latency", "do=1s:look(20);3s:next;4s:look(99);5s:look(9)&t=4.2&from=10ms&to=100ns&seed=3"),
    (
        "latency",
        "path=all%20of%20100%20%C3%97%2010%20ms%20p99%2060%20ms%0A2%20of%203:%0A%201..9%20ms&t=3&follow=step-1",
    ),
    ("latency", "path=c%201%20ms,%20hit%2050%25,%20else:%0A%09d%201..2%20s%0A%20%20e%0Afirst%20of:%0Abudget%20x&t=1"),
    (
        "latency",
        "request=fan-out&path=fibre%20Oslo%20%E2%80%93%20Tokyo%0A%F0%9F%98%80%0A9,999%20%C3%97%201..2%20ns&t=60",
    ),
];

/// Rules and hashes are taken in turn, so that no pair that matters is left out.
fn odd() -> Vec<String> {
    let mut all: Vec<String> = ODD.iter().map(|(slug, query)| format!("#/{slug}?{query}")).collect();
    for entry in REGISTRY {
        let (first, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
        for pair in choices(&*first) {
            let head = format!("#/{}?{pair}", entry.meta.slug);
            let act = |at: u32, i: usize| first.offers().get(i).map(|offer| format!("{at}s:{}", offer.act));
            let acts: Vec<String> = [act(1, 0), act(4, 2)].into_iter().flatten().collect();
            all.push(format!("{head}&seed=11&do={}&t=4.7", acts.join(";")));
        }
    }
    all
}

/// Every choice of the first knob with choices, crossed with those of each other one that matters to it.
fn choices(player: &dyn Player) -> Vec<String> {
    let knobs = player.schema();
    let of = |i: usize| match knobs.get(i).map(|knob| &knob.kind) {
        Some(super::Kind::Choice(all)) => *all,
        _ => &[],
    };
    let Some(first) = (0..knobs.len()).find(|i| !of(*i).is_empty()) else { return Vec::new() };
    let mut out = Vec::new();
    for (name, _) in of(first) {
        let head = format!("{}={name}", knobs[first].key);
        let (trial, _) = player.open_beside(&link::parse(&format!("#/{}?{head}", player.meta().slug)).0);
        let rest: Vec<usize> = (first + 1..knobs.len()).filter(|i| !of(*i).is_empty() && trial.matters(*i)).collect();
        if rest.is_empty() {
            out.push(head.clone());
        }
        for i in rest {
            out.extend(of(i).iter().map(|(value, _)| format!("{head}&{}={value}", knobs[i].key)));
        }
    }
    out
}

/// Every lesson's step at its own moment, where it leads and at the end of its run; then odd settings.
pub fn links() -> Vec<String> {
    let mut all = Vec::new();
    for entry in REGISTRY {
        for step in (entry.lessons)().iter().flat_map(|lesson| lesson.steps) {
            let (mut link, _) = link::parse(&format!("#/{}?{}", entry.meta.slug, step.state));
            let (player, _) = (entry.open)(&link);
            let until = step.end();
            for at in [player.now(), until.max(player.now()), player.end()] {
                link.at = Some(at);
                all.push(link::write(&link));
            }
        }
    }
    all.extend(odd());
    let mut once: Vec<String> = Vec::with_capacity(all.len());
    for text in all {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once
}

/// The digest of the world a link opens at; 0 where the link names no explainer.
pub fn digest_of(fragment: &str) -> u64 {
    let (link, _) = link::parse(fragment);
    find(&link.slug).map_or(0, |entry| (entry.open)(&link).0.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_open_as_what_they_are_and_no_two_say_the_same() {
        let all = links();
        let apart: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(apart.len(), all.len());
        for text in &all {
            let (parsed, _) = link::parse(text);
            assert!(find(&parsed.slug).is_some() && parsed.at.is_some(), "{text}");
        }
        for placement in ["mod-n", "jump", "guava", "bounded"] {
            for hash in ["fnv1a", "crc32", "murmur3", "xxhash64", "siphash", "md5"] {
                assert!(all.iter().any(|text| text.contains(&format!("placement={placement}&hash={hash}&"))));
            }
        }
        assert_eq!(digest_of("#/nothing"), 0);
    }
}
