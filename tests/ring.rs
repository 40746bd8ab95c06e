//! What the ring's world must get right besides the laws.

use moving_parts::explainers::{Player, find, imports};
use moving_parts::link;

fn open(query: &str) -> Box<dyn Player> {
    let (link, bad) = link::parse(&format!("#/hash-ring?{query}"));
    let (player, more) = (find("hash-ring").expect("registered").open)(&link);
    assert!(bad.is_empty() && more.is_empty(), "{bad:?} {more:?}");
    player
}

/// Servers that fail at the same moment are one change and one piece of news, however many they are.
#[test]
fn a_domino_of_a_thousand_is_told_briefly() {
    let mut player = open("servers=1000&vnodes=4&keys=10000&capacity=60&do=1s:hot(50)");
    player.seek(player.end());
    assert!(player.events().len() < 40, "{} events", player.events().len());
    assert!(player.events().iter().any(|event| event.head.contains("more fail under their load")));
    let up = player.readouts().into_iter().find(|readout| readout.key == "up").and_then(|readout| readout.value);
    assert_eq!(up, Some(0.0));
}

/// A look-up's words come when the picture shows them, and an older one's last words go unsaid.
#[test]
fn a_look_up_is_told_as_it_is_shown() {
    let mut player = open("do=0.5s:lookup(user:8812);1s:lookup(cart:77)");
    let mut told = 0;
    for tenth in 0..100 {
        player.seek(tenth * 100_000);
        assert!(player.events().iter().all(|event| event.at <= player.now()));
        assert!(player.events().len() >= told);
        told = player.events().len();
    }
    let heads: Vec<&str> = player.events().iter().map(|event| event.head.as_str()).collect();
    assert_eq!(heads.iter().filter(|head| head.contains("holds it")).count(), 1, "{heads:?}");
}

/// What is lost is not counted as held: the boxes and the loss together are all keys.
#[test]
fn lost_keys_are_on_no_server() {
    let mut player = open("do=1s:crash(2)&keys=1000");
    player.seek(player.end());
    let lost = player.readouts().into_iter().find(|readout| readout.key == "lost").and_then(|readout| readout.value);
    let held: i64 = (1..=5)
        .filter_map(|id| player.state(player.subject(&format!("server-{id}"))?))
        .filter_map(|state| state.strip_suffix(" keys").and_then(|n| n.replace(',', "").parse::<i64>().ok()))
        .sum();
    assert_eq!(held + lost.unwrap_or(0.0) as i64, 1_000);
    assert!(lost > Some(0.0));
}

/// A cluster's layout travels in the link, and data that cannot is declared.
#[test]
fn own_layouts_travel() {
    for (key, paste) in [
        (
            "redis",
            "a 10.0.0.1:6379@1 master - 0 0 1 connected 0-5460\nb 10.0.0.2:6379@1 master - 0 0 2 connected 5461-16383\n",
        ),
        (
            "nodetool",
            "10.0.0.1 r Up Normal 1 KiB 50% -4611686018427387904\n10.0.0.2 r Up Normal 1 KiB 50% 4611686018427387904\n",
        ),
    ] {
        let mut player = open("keys=500");
        let import = imports("hash-ring").iter().find(|import| import.key == key).expect("there");
        let mut reader = (import.reader)();
        reader.push(paste.as_bytes());
        assert!(player.adopt(reader.finish()).is_empty());
        let text = link::write(&player.link());
        let copy = open(text.split_once('?').map_or("", |(_, query)| query));
        assert_eq!(copy.digest(), player.digest(), "{text}");
    }
    let many: String = (0..5_000).map(|i| format!("key:{i}\n")).collect();
    let mut player = open("");
    let mut reader = (imports("hash-ring")[0].reader)();
    reader.push(many.as_bytes());
    player.adopt(reader.finish());
    let text = link::write(&player.link());
    let (parsed, _) = link::parse(&text);
    let (_, bad) = (find("hash-ring").expect("registered").open)(&parsed);
    assert!(bad.iter().any(|complaint| complaint.part == "Your data"), "{text} {bad:?}");
}
