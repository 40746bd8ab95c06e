//! The reader's own data, through the same door as the page's: pastes and files as real tools print them, and worse.
//! `fixtures/cluster_nodes_*.txt` are what `redis-cli cluster nodes` of Redis 7.0.15 printed.

use moving_parts::explainers::{Import, Imported, Player, find, imports};
use moving_parts::link::{self, Link};
use proptest::prelude::*;

fn ring() -> Box<dyn Player> {
    (find("hash-ring").expect("in the registry").open)(&Link { slug: "hash-ring".into(), ..Link::default() }).0
}

fn import(key: &str) -> &'static Import {
    imports("hash-ring").iter().find(|import| import.key == key).expect("an import of this name")
}

fn read_in(key: &str, pieces: &[&[u8]]) -> Imported {
    let mut reader = (import(key).reader)();
    pieces.iter().for_each(|piece| reader.push(piece));
    reader.finish()
}

fn read(key: &str, text: impl AsRef<[u8]>) -> Imported {
    read_in(key, &[text.as_ref()])
}

fn lines(imported: &Imported) -> Vec<u64> {
    imported.bad.iter().map(|(line, _)| *line).collect()
}

/// A run with the data, and what the link to it says.
fn adopted(imported: Imported) -> (Box<dyn Player>, Link) {
    let mut player = ring();
    let bad = player.adopt(imported);
    assert!(bad.is_empty(), "{bad:?}");
    let link = player.link();
    (player, link)
}

fn part(link: &Link, key: &str) -> Option<String> {
    link.parts.iter().find(|(part, _)| part == key).map(|(_, value)| value.clone())
}

fn servers(player: &dyn Player) -> Vec<String> {
    (1..).map_while(|i| player.name(player.subject(&format!("server-{i}"))?)).collect()
}

/// Who the model says holds a key.
fn holder(player: &mut dyn Player, key: &str) -> String {
    player.seek(0);
    player.act(&format!("lookup({key})")).expect("a key can always be looked up");
    player.seek(player.end());
    let head = player.events().iter().rev().find_map(|event| event.head.strip_suffix(" holds it."));
    head.unwrap_or("nobody").to_string()
}

#[test]
fn every_example_reads_without_complaint() {
    for import in imports("hash-ring") {
        let imported = read(import.key, import.example);
        assert!(imported.bad.is_empty() && imported.data.is_some(), "{}: {:?}", import.key, imported.bad);
        let (mut player, _) = adopted(imported);
        assert!(player.own_data());
        player.act("add").expect("one more server");
    }
}

#[test]
fn key_lists_as_files_have_them() {
    let imported = read("keys", b"\xef\xbb\xbfuser:1\r\n\r\n  \nuser:2\nuser:1\r\n\xff\xfe raw\nuser:3");
    assert!(imported.bad.is_empty());
    assert_eq!(imported.summary, "4 keys; 1 line repeated one and was left out");
    let (player, link) = adopted(imported);
    let name = |id: u32| player.name(player.subject(&format!("key-{id}")).expect("a key"));
    assert_eq!(name(0).as_deref(), Some("user:1"));
    assert_eq!(name(2).as_deref(), Some("\u{fffd}\u{fffd} raw"));
    assert_eq!((name(3).as_deref(), name(4)), (Some("user:3"), None));
    // A link could not say the third key, so it says none, and the page says that.
    assert_eq!(part(&link, "own-keys"), None);
    assert_eq!(player.left_out().as_deref(), Some("your 4 keys"));
}

#[test]
fn a_short_key_list_travels_in_the_link() {
    let (player, link) = adopted(read("keys", "a,b\n50%\nx&y=z\n😀\n#/?"));
    let text = link::write(&link);
    let (copy, bad) = (find("hash-ring").expect("there").open)(&link::parse(&text).0);
    assert!(bad.is_empty(), "{text}: {bad:?}");
    assert_eq!(copy.digest(), player.digest(), "{text}");
}

#[test]
fn long_lines_are_named_and_good_ones_stay() {
    let long = "x".repeat(1_025);
    let imported = read("keys", format!("a\n{long}\nb\n{}\n", "y".repeat(1_024)));
    assert_eq!(lines(&imported), [2]);
    assert!(imported.bad[0].1.contains("1,025"), "{:?}", imported.bad);
    assert_eq!(imported.summary, "3 keys");
    let many = read("keys", format!("{long}\n").repeat(50));
    assert_eq!((many.bad.len(), many.more, many.data.is_none()), (20, 30, true));
    // Nothing usable: the run stays as it was.
    let before = ring().digest();
    assert_eq!(adopted(many).0.digest(), before);
    assert_eq!(adopted(read("keys", "")).0.digest(), before);
}

#[test]
fn what_is_beyond_the_limit_is_left_out_and_said() {
    let mut reader = (import("keys").reader)();
    reader.push(b"first\n");
    let piece = [b"z".repeat(1_000), b"\n".to_vec()].concat().repeat(1_024);
    (0..70).for_each(|_| reader.push(&piece));
    let imported = reader.finish();
    assert_eq!(imported.summary.split(';').next(), Some("2 keys"));
    assert_eq!(imported.bad.len(), 1, "{:?}", imported.bad);
    assert!(imported.bad[0].1.contains("64 MB"));
}

#[test]
fn server_lists_with_weights() {
    let text = "a\nb 2\r\nc\t50%\nd,0.1\n\na 3\ne heavy\nf 0\ng 1 2\nh 11\nodd*name 1\ni NaN";
    let imported = read("servers", text);
    assert_eq!(lines(&imported), [6, 7, 8, 9, 10, 12]);
    assert_eq!(imported.summary, "5 servers");
    let (player, link) = adopted(imported);
    assert_eq!(servers(&*player), ["a", "b", "c", "d", "odd*name"]);
    assert_eq!(part(&link, "own-servers").as_deref(), Some("a,b*200,c*50,d*10,odd%2Aname"));
    let (copy, bad) = (find("hash-ring").expect("there").open)(&link::parse(&link::write(&link)).0);
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(copy.digest(), player.digest());
    let most: String = (0..1_002).map(|i| format!("s{i}\n")).collect();
    assert_eq!(lines(&read("servers", most)), [1_001, 1_002]);
}

const NODETOOL: &str = r#"
Datacenter: datacenter1
==========
Address        Rack        Status State   Load            Owns                Token                                       
                                                                              9196082894543812321                         
10.0.0.1       rack1       Up     Normal  105.94 KiB      ?                   -9138497394851024731                        
10.0.0.2       rack1       Down   Normal  ?               33.30%              -4611686018427387904                        
2001:db8::7    rack2       Up     Leaving 1.2 GiB         33.30%              -12                                         
10.0.0.1       rack1       Up     Normal  105.94 KiB      33.40%              4611686018427387904                         
To-3.example   rack1       Up     Joining 70 bytes        ?                   5000000000000000000                         
Note:7000      rack1       ?      Normal  70 bytes        ?                   5000000000000000001                         
10.0.0.2       rack1       Down   Normal  ?               33.30%              9196082894543812321                         

Datacenter: dc2
==========
Address        Rack        Status State   Load            Owns                Token                                       
                                                                              7                                           
10.1.0.1       rack1       Up     Normal  105.94 KiB      100.00%             7                                           

  Warning: "nodetool ring" is used to output all the tokens of a node.
  To view status related info of a node use "nodetool status" instead.


  "#;

#[test]
fn nodetool_ring_with_virtual_nodes_and_two_data_centres() {
    let imported = read(
        "nodetool",
        format!(
            "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless\n{NODETOOL}"
        ),
    );
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert_eq!(
        imported.summary,
        "4 nodes with 6 tokens in data centre datacenter1; 1 other data centre left out (a ring of its own each); \
         1 node down in the paste and shown as up; 1 node still joining left out"
    );
    let (player, link) = adopted(imported);
    assert_eq!(servers(&*player), ["10.0.0.1", "10.0.0.2", "2001:db8::7", "Note:7000"]);
    assert_eq!(part(&link, "placement").as_deref(), Some("cassandra"));
    assert!(player.events()[0].text.contains("6 points"), "{}", player.events()[0].text);
}

#[test]
fn nodetool_ring_of_other_partitioners_and_torn_lines() {
    let text = "10.0.0.1  rack1  Up  Normal  1 KiB  50%  85070591730234615865843651857942052864\n\
                10.0.0.2  rack1  Up  Normal  1 KiB  50%  12\n\
                10.0.0.3  rack1  Up  Normal  1 KiB  50%  12\n\
                error: connection refused\n";
    let imported = read("nodetool", text);
    assert_eq!(lines(&imported), [1, 3, 4]);
    assert!(imported.bad[0].1.contains("Murmur3"));
    assert_eq!(servers(&*adopted(imported).0), ["10.0.0.2"]);
}

#[test]
fn cassandra_keys_belong_to_the_node_the_tokens_say() {
    // token("123") is −7468325962851647638 (Cassandra's own vector, see tests/truth).
    let text = "10.0.0.1 r Up Normal 1 KiB 50% -7468325962851647638\n10.0.0.2 r Up Normal 1 KiB 50% 0";
    let (mut player, _) = adopted(read("nodetool", text));
    assert_eq!(holder(&mut *player, "123"), "10.0.0.1");
    let text = text.replace("7638\n", "7639\n");
    let (mut player, _) = adopted(read("nodetool", text));
    assert_eq!(holder(&mut *player, "123"), "10.0.0.2");
}

#[test]
fn redis_clusters_as_redis_prints_them() {
    for (text, summary, named, copies) in [
        (include_str!("fixtures/cluster_nodes_created.txt"), "3 masters and 3 replicas", 3, Some("2")),
        (
            include_str!("fixtures/cluster_nodes_migrating.txt"),
            "5 masters and 3 replicas; 1 slot on the move, shown at their source",
            5,
            None,
        ),
        (
            include_str!("fixtures/cluster_nodes_importing.txt"),
            "5 masters and 3 replicas; 1 slot on the move, shown at their source",
            5,
            None,
        ),
        (include_str!("fixtures/cluster_nodes_lost_master.txt"), "5 masters and 3 replicas", 5, None),
        (
            include_str!("fixtures/cluster_nodes_failed_over.txt"),
            "5 masters and 2 replicas; 1 node failed or not met, without slots, left out",
            5,
            None,
        ),
    ] {
        let imported = read("redis", text);
        assert!(imported.bad.is_empty(), "{:?}", imported.bad);
        assert_eq!(imported.summary, summary);
        let (mut player, link) = adopted(imported);
        assert_eq!(servers(&*player).len(), named);
        assert_eq!(part(&link, "placement").as_deref(), Some("redis"));
        assert_eq!(part(&link, "copies").as_deref(), copies);
        // CLUSTER KEYSLOT answered 4052 and 14930; whoever's line has that slot holds the key.
        for (key, slot) in [("user:8812", 4052), ("user:1047", 14930)] {
            let has = |line: &&str| {
                line.split(' ').skip(8).any(|word| {
                    let (from, to) = word.split_once('-').unwrap_or((word, word));
                    from.parse::<u32>().is_ok_and(|from| from <= slot) && to.parse::<u32>().is_ok_and(|to| slot <= to)
                })
            };
            let line = text.lines().find(has).expect("every slot is served");
            let address = line.split([' ', '@']).nth(1).expect("an address");
            assert_eq!(holder(&mut *player, key), address, "{line}");
        }
    }
}

#[test]
fn redis_lines_that_are_rare() {
    let id = |n: u8| format!("{n:02x}").repeat(20);
    let text = [
        format!("{} :7000@17000 myself,master - 0 0 0 connected 0 2-4 [93-<-{}]", id(1), id(2)),
        format!("{} :0@0 master,noaddr - 0 1 1 disconnected", id(2)),
        format!("{} 10.0.0.9:7000@17000 handshake - 0 0 0 disconnected", id(3)),
        format!("{} ::1:7001@17001,host,tls-port=0,shard-id=ab master,fail - 0 0 2 disconnected 1 5-16383", id(4)),
        format!("{} 10.0.0.5:7000 slave {} 0 0 2 connected", id(5), id(4)),
        format!("{} 10.0.0.6:7000@17000 master - 0 0 3 connected", id(6)),
        format!("{} 10.0.0.7:7000@17000 master - 0 0 3 connected 4-9", id(7)),
        format!("{} 10.0.0.8:7000@17000 master - 0 0 3 connected 16384", id(8)),
        "127.0.0.1:7000> cluster nodes".to_string(),
        "(error) ERR This instance has cluster support disabled, and that is all there is to say".to_string(),
    ]
    .join("\r\n");
    let imported = read("redis", text);
    assert_eq!(lines(&imported), [7, 8, 9, 10], "{:?}", imported.bad);
    assert_eq!(
        imported.summary,
        "3 masters and 1 replica; 1 master without slots; 2 nodes failed or not met, without slots, left out; \
         1 slot on the move, shown at their source"
    );
    assert_eq!(servers(&*adopted(imported).0), [":7000", "::1:7001", "10.0.0.6:7000"]);
}

/// Lines of all kinds, whole and torn.
fn material() -> impl Strategy<Value = Vec<u8>> {
    let nodes = include_str!("fixtures/cluster_nodes_migrating.txt");
    let words: Vec<&str> = nodes.split(' ').chain(NODETOOL.split(' ')).collect();
    let word = prop::sample::select(words).prop_map(|word| [word.as_bytes(), b" "].concat());
    let line = prop::sample::select(nodes.lines().chain(NODETOOL.lines()).collect::<Vec<_>>());
    let one = prop_oneof![
        word,
        line.prop_map(|line| [line.as_bytes(), b"\n"].concat()),
        prop::collection::vec(any::<u8>(), 0..20),
        Just(b"\r\n".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
    ];
    prop::collection::vec(one, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_and_pieces_read_as_the_whole(bytes in material(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        for import in imports("hash-ring") {
            let whole = read(import.key, &bytes);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let pieced = read_in(import.key, &pieces);
            prop_assert_eq!(&pieced.summary, &whole.summary);
            prop_assert_eq!((&pieced.bad, pieced.more, &pieced.set), (&whole.bad, whole.more, &whole.set));
            let count = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            for (line, why) in &whole.bad {
                prop_assert!((1..=count).contains(line) && !why.is_empty());
            }
            let (mut a, mut b) = (ring(), ring());
            a.adopt(whole);
            b.adopt(pieced);
            prop_assert_eq!(a.digest(), b.digest());
            let text = link::write(&a.link());
            if a.left_out().is_none() {
                let (copy, bad) = (find("hash-ring").expect("there").open)(&link::parse(&text).0);
                prop_assert!(bad.is_empty(), "{} {:?}", &text, bad);
                prop_assert_eq!(copy.digest(), a.digest(), "{}", &text);
            }
            let _ = (a.act("add"), a.act("crash(1)"));
        }
    }
}
