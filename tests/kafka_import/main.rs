//! The reader's own consumer group: what Kafka's tools print, in every form of 2.0 to 4.3, and worse.

mod print;
mod whatif;

use moving_parts::draw::scene::{Shape, text_width};
use moving_parts::explainers::kafka::Kafka as Explained;
use moving_parts::explainers::kafka::import::{
    self, Data, Described, DescribedMember, DescribedPartition, DescribedTopic, GroupState, IMPORTS,
};
use moving_parts::explainers::kafka::{Action, Holder, Params, Phase, World};
use moving_parts::explainers::{Imported, Knobs, Player, Session, Verdict, View};
use moving_parts::link::{self, Complaint, Link};
use print::Kafka;
use proptest::prelude::*;
use std::rc::Rc;

fn read_in(pieces: &[&[u8]]) -> Imported {
    let mut reader = (IMPORTS[0].reader)();
    pieces.iter().for_each(|piece| reader.push(piece));
    reader.finish()
}

fn read(text: &str) -> Imported {
    read_in(&[text.as_bytes()])
}

fn lines(imported: &Imported) -> Vec<u64> {
    imported.bad.iter().map(|(line, _)| *line).collect()
}

fn set<'a>(imported: &'a Imported, key: &str) -> Option<&'a str> {
    imported.set.iter().find(|(one, _)| *one == key).map(|(_, value)| &**value)
}

fn group_of(imported: Imported) -> Rc<Described> {
    let mut data = Data::default();
    import::adopt(&mut data, imported.data.expect("a group"));
    data.group.expect("a group")
}

/// What of it a link tells: no hosts.
fn hostless(data: &Data) -> Data {
    let mut data = data.clone();
    if let Some(group) = &mut data.group {
        Rc::make_mut(group).members.iter_mut().for_each(|member| member.host.clear());
    }
    data
}

/// A group that reads without complaint.
fn group(text: &str) -> Rc<Described> {
    let imported = read(text);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    group_of(imported)
}

fn owner<'a>(group: &'a Described, topic: &str, number: usize) -> Option<&'a str> {
    let topic = group.topics.iter().find(|one| one.name == topic).expect("a topic");
    topic.partitions[number].owner.map(|owner| &*group.members[owner].id)
}

const A: &str = "orders-1-3f2b8a4e-6c1d-4e7a-9b05-d2c4f6a81e37";
const B: &str = "orders-2-91c7d05e-2f48-4b3a-8d66-0a5e3b7f19c2";

/// A table whose columns are one space apart: what is left where spaces were lost.
fn offsets(rows: &[(&str, u32, &str, &str, &str)]) -> String {
    let mut out = "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID\n".to_string();
    for (topic, number, at, end, owner) in rows {
        let client = owner.get(..8).unwrap_or("-");
        let host = if *owner == "-" { "-" } else { "/10.0.0.1" };
        out += &format!("shop {topic} {number} {at} {end} - {owner} {host} {client}\n");
    }
    out
}

#[test]
fn the_example_reads_without_complaint() {
    let imported = read(IMPORTS[0].example);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert_eq!(
        imported.summary,
        "group “billing” with 3 members, 2 topics and 9 partitions; 67 records behind; Stable; assignor range. \
         Not in the paste, and so assumed: instance ids (none); \
         subscriptions (each member to every topic that anybody reads); \
         leaders and replicas of 3 partitions (dealt to brokers in turn); \
         records per second, their keys, processing times and timeouts (as set here). A link to it holds the names of the group, its topics and its clients, and no hosts"
    );
    assert_eq!((set(&imported, "assignor"), set(&imported, "static")), (Some("range"), Some("off")));
    let group = group_of(imported);
    assert_eq!(group.names(), ["billing-a", "billing-b", "billing-c"]);
    assert_eq!((group.coordinator, group.brokers()), (Some(2), vec![1, 2, 3]));
    assert_eq!(group.topics[0].partitions[2].isr, [3, 1]);
    assert!(group.members.iter().all(|member| member.topics == [0, 1]));
}

#[test]
fn a_group_of_kafka_2_0_has_no_name_in_its_tables() {
    let text = "\
[kafka@broker1 ~]$ bin/kafka-consumer-groups.sh --bootstrap-server localhost:9092 \\\r
  --describe --group shop\r
Note: This will not show information about old Zookeeper-based consumers.\r
\r
TOPIC                          PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG        CONSUMER-ID                                       HOST                           CLIENT-ID\r
my-topic                       0          16577           33154           16577      consumer1-81fe8a2a-0b29-4964-a1d4-4741582132bb    /127.0.0.1                     consumer1\r
my-topic                       1          -               33155           -          consumer2-db6f12f2-e1de-4bb7-93ec-6170fefa8830    /127.0.0.1                     consumer2\r
my-other-topic                 1          7901            8652            751        -                                                 -                              -\r
-                              -          -               -               -          consumer8-6078de6a-af63-4c7a-8bad-f03cb3606075    /127.0.0.1                     consumer8\r
[kafka@broker1 ~]$ \r
";
    let imported = read(text);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert!(imported.summary.contains("17,328 records behind"), "{}", imported.summary);
    assert!(imported.summary.contains("2 partitions have no committed offset"), "{}", imported.summary);
    let group = group_of(imported);
    assert_eq!((&*group.group, group.members.len(), group.topics.len()), ("shop", 3, 2));
    assert_eq!(group.topics[1].partitions.len(), 2, "0 must be there, although nothing is known of it");
    assert_eq!(group.topics[1].partitions[0], DescribedPartition::default());
    // Nobody reads the other topic: nobody subscribes to it.
    assert!(group.members.iter().all(|member| member.topics == [0]));
    assert_eq!(group.names(), ["consumer1", "consumer2", "consumer8"]);
}

#[test]
fn blank_instance_ids_and_clients_with_spaces() {
    let text = "\
GROUP           CONSUMER-ID                                       GROUP-INSTANCE-ID HOST            CLIENT-ID       #PARTITIONS     ASSIGNMENT
shop            node-a-3f2b8a4e-6c1d-4e7a-9b05-d2c4f6a81e37       node-a            /10.0.0.1       my shop app     2               orders(0,1)
shop            my shop app-91c7d05e-2f48-4b3a-8d66-0a5e3b7f19c2                    /10.0.0.2       my shop app     2               orders(2), payments(0)
shop            my shop app-0b7e9d14-35ac-47d2-8e61-f2a90c4d7b18                    /10.0.0.3       my shop app     0               -
";
    let imported = read(text);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert_eq!(set(&imported, "static"), Some("on"));
    let group = group_of(imported);
    let members: Vec<_> = group.members.iter().map(|one| (one.instance.as_deref(), &*one.client, &*one.host)).collect();
    let app = "my shop app";
    assert_eq!(members, [(Some("node-a"), app, "/10.0.0.1"), (None, app, "/10.0.0.2"), (None, app, "/10.0.0.3")]);
    assert_eq!(group.names(), ["node-a", "10.0.0.2", "10.0.0.3"]);
    assert!(owner(&group, "orders", 1).is_some_and(|id| id.starts_with("node-a")));
    assert!(owner(&group, "payments", 0).is_some_and(|id| id.ends_with("19c2")));
    assert!(import::fixed_by(&Data { group: Some(group.clone()) }, "static"));
    assert!(!import::fixed_by(&Data { group: Some(group) }, "copies"), "no leaders were told");
}

#[test]
fn where_spaces_were_lost_words_count() {
    let text = format!(
        "GROUP CONSUMER-ID GROUP-INSTANCE-ID HOST CLIENT-ID #PARTITIONS\n\
         shop {A} node-a /10.0.0.1 orders-1 1\n\
         shop\t{B}\t\t/10.0.0.2\torders-2\t0\n\
         GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS\n\
         shop kafka-2:9092 (2) Empty 0\n{}",
        offsets(&[("orders", 0, "5", "9", A)])
    );
    let group = group(&text);
    assert_eq!((group.members[0].instance.as_deref(), &*group.members[0].client), (Some("node-a"), "orders-1"));
    assert_eq!((group.members[1].instance.as_deref(), &*group.members[1].host), (None, "/10.0.0.2"));
    assert_eq!((group.state, group.coordinator, &group.strategy), (Some(GroupState::Empty), Some(2), &None));
    assert_eq!(owner(&group, "orders", 0), Some(A));
}

#[test]
fn bad_lines_are_named_and_the_rest_loads() {
    let text = format!(
        "{}shop orders 3 12 1\nshop orders 4 x 20 - {A} /10.0.0.1 orders-1\n\
         shop orders -4 1 20 19 {A} /10.0.0.1 orders-1\n\
         shop orders 1 7 7 0 {B} /10.0.0.2 orders-2\n\
         Error: Consumer group 'gone' does not exist.\n\
         \tTopic: orders\tPartition: 1\tLeader: 1\tReplicas: 1,2\tIs",
        offsets(&[("orders", 0, "5", "9", A)])
    );
    let imported = read(&text);
    assert_eq!(lines(&imported), [3, 4, 5, 7, 8]);
    let why: Vec<&str> = imported.bad.iter().map(|(_, why)| &**why).collect();
    assert!(why[0].contains("9 columns") && why[0].ends_with("not 5"), "{why:?}");
    assert!(why[3].contains("“gone” does not exist"), "{why:?}");
    assert!(why[4].contains("Isr"), "{why:?}");
    let group = group_of(imported);
    assert_eq!(group.topics[0].partitions.len(), 2);
    assert_eq!((owner(&group, "orders", 0), owner(&group, "orders", 1)), (Some(A), Some(B)));

    let imported = read("shop orders 0 1 2 1 a /h a\nTopic: orders Partition: x");
    assert_eq!((lines(&imported), imported.data.is_none()), (vec![1, 2], true));
    assert_eq!(imported.summary, "no consumer group");
    let imported =
        read("GROUP           TOPIC           PARTITION  NEW-OFFSET\nshop            orders          0          17\n");
    assert_eq!((lines(&imported), imported.data.is_none()), (vec![1], true));
}

#[test]
fn the_first_of_several_groups_counts() {
    let mut text = offsets(&[("orders", 0, "5", "9", A), ("orders", 1, "5", "5", "-")]);
    text += "\nConsumer group 'batch' has no active members.\n";
    text += &offsets(&[("audit", 0, "1", "2", "-")]).replace("shop", "batch");
    text += &offsets(&[("audit", 0, "1", "2", B)]).replace("shop", "at");
    let imported = read(&text);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert!(
        imported.summary.contains("2 other groups left out: the first in the paste counts"),
        "{}",
        imported.summary
    );
    let group = group_of(imported);
    assert_eq!((&*group.group, group.topics.len(), group.members.len(), group.state), ("shop", 1, 1, None));
}

/// As PowerShell's `>` writes it: UTF-16 with its byte order mark, the little end first; and the other way round.
#[test]
fn files_of_powershell_read_as_others() {
    let text = offsets(&[("orders", 0, "5", "9", A), ("été-𝄞", 0, "7", "9", B)]);
    let units = || std::iter::once('\u{feff}').chain(text.chars()).collect::<String>();
    let little: Vec<u8> = units().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let whole = group(&text);
    for bytes in [little, big] {
        for size in [1, 2, 3, 7, bytes.len()] {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let imported = read_in(&pieces);
            assert!(imported.bad.is_empty(), "{:?}", imported.bad);
            assert_eq!(group_of(imported), whole);
        }
    }
}

#[test]
fn what_is_wrong_with_a_row_is_said() {
    let header = offsets(&[]);
    assert!(read(&header).summary.contains("the header of a table and no row"), "{}", read(&header).summary);
    let bad = read(&offsets(&[("orders", 0, "5", "9", A), ("orders", 1, "5", "9x", A)]));
    assert!(bad.bad[0].1.contains("“9x” is no number"), "{:?}", bad.bad);
}

/// Pods of one deployment often have the same client id: their hosts tell them apart, and links hold none of those.
#[test]
fn members_of_one_client_id_have_names_of_their_own() {
    let mut group = Described::clone(&group(&offsets(&[("orders", 0, "5", "9", A), ("orders", 1, "5", "9", B)])));
    for (member, host) in group.members.iter_mut().zip(["/10.1.0.11", "/10.1.0.12"]) {
        (member.client, member.host) = ("consumer-billing-1".into(), host.into());
    }
    assert_eq!(group.names(), ["10.1.0.11", "10.1.0.12"]);
    let (parts, _) = import::parts(&Data { group: Some(group.into()) });
    assert!(!parts[0].1.contains("10.1.0"), "{}", parts[0].1);
}

#[test]
fn groups_without_members_and_groups_on_the_move() {
    for note in ["Consumer group 'shop' has no active members.\n", ""] {
        let imported = read(&format!("\n{note}\n{}", offsets(&[("orders", 0, "5", "9", "-")])));
        assert!(imported.summary.contains("with no members, 1 topic"), "{}", imported.summary);
        let group = group_of(imported);
        assert_eq!((group.state, group.members.len()), (Some(GroupState::Empty), 0));
        assert!(import::fixed_by(&Data { group: Some(group) }, "consumers"));
    }
    let imported =
        read(&format!("Warning: Consumer group 'shop' is rebalancing.\n{}", offsets(&[("orders", 0, "5", "9", A)])));
    assert!(imported.summary.contains("; PreparingRebalance"), "{}", imported.summary);
    assert!(imported.summary.contains("the end of the rebalance"), "{}", imported.summary);
    // While it rebalances, Kafka may list nobody: that is not a group without members.
    let moving =
        format!("Warning: Consumer group 'shop' is rebalancing.\n{}", offsets(&[("orders", 0, "5", "9", "-")]));
    let imported = read(&moving);
    assert!(imported.summary.contains("print it again when it is stable"), "{}", imported.summary);
    assert_eq!(group_of(imported).state, Some(GroupState::PreparingRebalance));
    // Which topics there are, and nothing else: as many consumers as set.
    let imported = read(
        "Topic:orders\tPartitionCount:3\tReplicationFactor:1\tConfigs:\nTopic: __consumer_offsets\tPartitionCount: 50\n",
    );
    assert!(imported.summary.contains("consumers (as many as set here)"), "{}", imported.summary);
    let group = group_of(imported);
    assert_eq!((group.parts(), group.state), (3, None));
    assert!(!import::fixed_by(&Data { group: Some(group) }, "consumers"));
}

#[test]
fn topics_of_others_are_left_out_and_partitions_without_readers_come_in() {
    let text = format!(
        "{}Topic: orders\tPartitionCount: 3\tReplicationFactor: 2\tConfigs: \n\
         \tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1\n\
         \tTopic: orders\tPartition: 1\tLeader: none\tReplicas: 2,1\tIsr: \n\
         \tTopic: orders\tPartition: 1\tLeader: 1\tReplicas: 1,2\tIsr: 1,2\n\
         \tTopic: audit\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\n\
         \tTopic: audit\tPartition: 1\tLeader: 9\tReplicas: 1\tIsr: 1\n",
        offsets(&[("orders", 0, "5", "9", A)])
    );
    let imported = read(&text);
    assert_eq!(lines(&imported), [8]);
    assert!(imported.summary.contains("1 topic left out"), "{}", imported.summary);
    let group = group_of(imported);
    let parts = &group.topics[0].partitions;
    assert_eq!((group.topics.len(), parts.len()), (1, 3));
    assert_eq!((parts[0].leader, &*parts[0].isr), (Some(1), &[1][..]));
    assert_eq!((parts[1].leader, &*parts[1].replicas, &*parts[1].isr), (None, &[2, 1][..], &[][..]));
    assert!(parts[2].replicas.is_empty());
}

#[test]
fn the_listing_with_offsets_counts_before_that_of_members() {
    let members = format!(
        "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS ASSIGNMENT\n\
         shop {B} /10.0.0.2 orders-2 2 orders(0,1)\nshop {A} /10.0.0.1 orders-1 0 -\n"
    );
    let table = offsets(&[("orders", 0, "5", "9", A), ("orders", 0, "6", "9", B)]);
    for text in [format!("{members}{table}"), format!("{table}{members}")] {
        let imported = read(&text);
        assert!(imported.summary.contains("1 partition has another owner"), "{}", imported.summary);
        assert!(imported.summary.contains("1 line left out"), "{}", imported.summary);
        let group = group_of(imported);
        assert_eq!((owner(&group, "orders", 0), owner(&group, "orders", 1)), (Some(A), Some(B)));
        assert_eq!(group.topics[0].partitions[0].committed, Some(5));
    }
}

#[test]
fn kafka_3_8_forgets_topics_and_one_can_be_guessed() {
    let members = format!(
        "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS ASSIGNMENT\n\
         shop {A} /10.0.0.1 orders-1 3 (0,1,2)\nshop {B} /10.0.0.2 orders-2 1 (3)\n"
    );
    let group = group(&format!("{members}Topic: orders\tPartitionCount: 4\n"));
    assert_eq!((owner(&group, "orders", 2), owner(&group, "orders", 3)), (Some(A), Some(B)));
    let imported = read(&format!("{members}Topic: orders\tPartitionCount: 4\nTopic: audit\tPartitionCount: 4\n"));
    assert!(imported.summary.contains("says no topics"), "{}", imported.summary);
    assert!(imported.summary.contains("who has which partition"), "{}", imported.summary);
    let imported = read(&members);
    assert!(imported.data.is_none() && imported.summary.contains("no partitions"), "{}", imported.summary);
}

#[test]
fn what_the_protocol_and_the_assignor_are_taken_from() {
    let state = |strategy: &str| {
        format!("GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS\nshop k:9 (1) {strategy} Stable 2\n")
    };
    let classic = offsets(&[("orders", 0, "5", "9", A)]);
    let modern = classic.replace(A, "v1Kd0mB2nQ0u4s1aVb7c8w");
    for (text, assignor) in [
        (format!("{classic}{}", state("range")), Some("range")),
        (format!("{classic}{}", state("cooperative-sticky")), Some("cooperative-sticky")),
        (format!("{modern}{}", state("range")), Some("server-range")),
        (format!("{classic}{}", state("uniform")), Some("uniform")),
        (format!("{classic}{}", state("stream")), Some("cooperative-sticky")),
        (format!("{classic}{}", state("com.acme.Own")), Some("range")),
        (modern.clone(), Some("uniform")),
        (classic.clone(), None),
    ] {
        let imported = read(&text);
        assert!(imported.bad.is_empty(), "{:?}", imported.bad);
        assert_eq!(set(&imported, "assignor"), assignor, "{text}");
        let known = assignor.is_some() && !text.contains("stream") && !text.contains("acme") && text != modern;
        assert_eq!(imported.summary.contains("assignor ("), !known, "{}", imported.summary);
        assert_eq!(imported.summary.contains("1 member not listed"), text.contains("Stable"), "{}", imported.summary);
    }
    // A static member of the classic protocol has its instance id in its member id.
    let imported = read(&classic.replace("orders-1-", "node-7-"));
    assert_eq!(set(&imported, "static"), Some("on"));
    assert_eq!(group_of(imported).members[0].instance.as_deref(), Some("node-7"));
}

#[test]
fn members_that_share_no_topic_may_subscribe_to_different_ones() {
    let rows = |second: u32| {
        let mut rows = vec![("orders", 0, "1", "1", A)];
        rows.extend((0..second).map(|i| ("audit", i, "1", "1", B)));
        offsets(&rows)
    };
    // One each: any assignor could have dealt them so. One and three: none could, if both read both.
    let topics = |text: &str| group(text).members.iter().map(|one| one.topics.clone()).collect::<Vec<_>>();
    assert_eq!(topics(&rows(1)), [[0, 1], [0, 1]]);
    assert_eq!(topics(&rows(3)), [[0], [1]]);
}

#[test]
fn what_is_over_the_limits_is_left_out_and_said() {
    let mut text = offsets(&[]);
    for i in 0..150 {
        text += &format!("shop orders {i} 1 2 1 c-{i}-{} /10.0.0.1 c-{i}\n", &A[9..]);
    }
    text += "shop audit 1899 1 2 1 - - -\nshop audit 1900 1 2 1 - - -\nshop audit 4000000000 1 2 1 - - -\n";
    text += "Topic: orders\tPartitionCount: 4000000000\n";
    let imported = read(&text);
    assert_eq!(lines(&imported), [122, 152]);
    assert!(imported.summary.contains("30 members left out"), "{}", imported.summary);
    let group = group_of(imported);
    assert_eq!((group.members.len(), group.parts()), (120, 2_000));
    assert!(group.topics[0].partitions[130].owner.is_none());

    let mut text = offsets(&[("orders", 0, "1", "1", A)]);
    for i in 0..70 {
        text += &format!("Topic: orders\tPartition: {i}\tLeader: {i}\tReplicas: {i}\tIsr: {i}\n");
    }
    let imported = read(&text);
    assert!(imported.summary.contains("70 brokers are more than can be shown"), "{}", imported.summary);
    assert!(group_of(imported).brokers().is_empty());
}

/// Everything of a group, whatever the order in which it was printed.
fn canonical(group: &Described) -> Vec<String> {
    let name = |owner: Option<usize>| owner.map(|owner| group.members[owner].id.clone());
    let part = |(topic, i, part): (&str, usize, &DescribedPartition)| {
        let (at, end) = (part.committed, part.end);
        format!(
            "{topic}-{i} {at:?} {end:?} {:?} {:?} {:?} {:?}",
            name(part.owner),
            part.leader,
            part.replicas,
            part.isr
        )
    };
    let member =
        |one: &DescribedMember| format!("{} {:?} {} {} {:?}", one.id, one.instance, one.client, one.host, one.epoch);
    let mut all: Vec<String> = print::all(group).map(part).chain(group.members.iter().map(member)).collect();
    all.push(format!(
        "{} {:?} {:?} {:?} {:?}",
        group.group, group.strategy, group.coordinator, group.state, group.epoch
    ));
    all.sort();
    all
}

prop_compose! {
    fn member(place: usize)(uuid in any::<u128>(), client in prop::sample::select(vec!["app", "my app 1", "consumer-shop-1", "é-ü"]),
                            instance in prop::option::of(Just(format!("node-{place}"))), bare in any::<bool>(),
                            epoch in prop::option::of(0i32..500), host in 0u8..9) -> DescribedMember {
        let hex = format!("{uuid:032x}");
        let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        let named = instance.as_deref().unwrap_or(client);
        let id = if bare && epoch.is_some() { format!("{:.21}{place}", hex) } else { format!("{named}-{uuid}") };
        DescribedMember { id, instance, client: client.into(), host: format!("/10.0.0.{host}"), epoch, topics: Vec::new() }
    }
}

fn part(members: usize) -> impl Strategy<Value = DescribedPartition> {
    let brokers = prop::sample::subsequence(vec![3, 1, 4, 1001], 0..=4).prop_shuffle();
    let owner = prop::option::of(0..members.max(1)).prop_map(move |owner| owner.filter(|_| members > 0));
    let offset = || prop::option::of(prop_oneof![0u64..1_000, 0u64..i64::MAX as u64]);
    (offset(), offset(), owner, brokers, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(committed, end, owner, replicas, at, led)| {
            let isr: Vec<i32> = replicas.iter().skip(at.index(4) % replicas.len().max(1)).copied().collect();
            let leader = isr.first().copied().filter(|_| led);
            // Where nobody owns it and nothing is committed, the tool says nothing of its end.
            let end = end.filter(|_| committed.is_some() || owner.is_some());
            DescribedPartition { committed, end, owner, leader, replicas, isr }
        },
    )
}

fn described() -> impl Strategy<Value = Described> {
    let members = (0usize..7).prop_flat_map(|n| (0..n).map(member).collect::<Vec<_>>());
    members.prop_flat_map(|members| {
        let parts = prop::collection::vec(part(members.len()), 1..9);
        let topics = prop::collection::vec(parts, 1..4);
        let state = if members.is_empty() { vec![GroupState::Empty] } else { GroupState::ALL[1..].to_vec() };
        let strategy = prop::option::of(prop::sample::select(vec!["range", "sticky", "uniform", "com.acme.Own"]));
        let name = prop::sample::select(vec!["shop", "a.very-long.name.of_a_group.of.more.than.15", "at", "WARN"]);
        let state = prop::sample::select(state);
        (name, topics, state, strategy, 0i32..3000, prop::option::of(0i32..99)).prop_map(
            move |(name, topics, state, strategy, coordinator, epoch)| {
                let names = ["orders", "payments.eu", "a_rather-long_name.of_a_topic"];
                let topic = |(name, partitions): (&str, Vec<_>)| DescribedTopic { name: name.into(), partitions };
                Described {
                    group: name.into(),
                    topics: names.into_iter().zip(topics).map(topic).collect(),
                    members: members.clone(),
                    strategy: strategy.map(Into::into),
                    coordinator: Some(coordinator),
                    state: Some(state),
                    epoch,
                }
            },
        )
    })
}

/// What a version says of a group, as a group.
fn known(group: &Described, kafka: Kafka) -> Described {
    let mut known = group.clone();
    if kafka == Kafka::V2_0 {
        known.group = String::new();
    }
    // A topic that the group has nothing to do with, unless it has nothing to do with any.
    let touched = |topic: &DescribedTopic| {
        topic.partitions.iter().any(|part| part.committed.or(part.end).is_some() || part.owner.is_some())
    };
    if known.topics.iter().any(touched) {
        known.topics.retain(touched);
    }
    if kafka != Kafka::V4 {
        known.epoch = None;
    }
    for member in &mut known.members {
        if kafka != Kafka::V4 {
            member.epoch = None;
        }
        if matches!(kafka, Kafka::V2_0 | Kafka::V2_2) {
            member.instance = None;
        }
    }
    known
}

/// Lines without those that some way of printing wraps or that a hand has cut.
fn torn(text: &str, line: usize, at: usize) -> String {
    let cut = |(i, one): (usize, &str)| if i == line { one.chars().take(at).collect() } else { one.to_string() };
    text.lines().enumerate().map(cut).collect::<Vec<String>>().join("\n")
}

fn material() -> impl Strategy<Value = Vec<u8>> {
    let text = IMPORTS[0].example;
    let words: Vec<&str> = text.split([' ', '\t']).collect();
    let extra =
        ["Consumer group 'billing' has no active members.\n", "Error: x\n", "at ", "\"(0,1), a(2)\" ", "a:0;b:1 "];
    let word = prop::sample::select(words).prop_map(|word| [word.as_bytes(), b" "].concat());
    let line = prop::sample::select(text.lines().collect::<Vec<_>>());
    let one = prop_oneof![
        word,
        line.prop_map(|line| [line.as_bytes(), b"\n"].concat()),
        prop::sample::select(extra.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
        Just(b"\r\n".to_vec()),
    ];
    prop::collection::vec(one, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_each_version_prints_reads_as_it_was(group in described(), kafka in prop::sample::select(print::ALL.to_vec()),
                                                verbose in any::<bool>(), crlf in any::<bool>(), turn in 0usize..4) {
        // Of Kafka 3.8, owners are in the table with offsets alone; epochs are only in the verbose ones.
        let verbose = verbose || group.epoch.is_some() || group.members.iter().any(|one| one.epoch.is_some());
        let mut all = [
            print::members(&group, kafka, verbose),
            print::offsets(&group, kafka, verbose),
            print::state(&group, kafka, verbose),
            print::topics(&group, kafka),
        ];
        if group.members.is_empty() {
            all[0] = format!("\nConsumer group '{}' has no active members.\n", group.group);
        }
        all.rotate_left(turn);
        let text = all.concat();
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let imported = read(&text);
        prop_assert!(imported.bad.is_empty(), "{:?}\n{}", imported.bad, text);
        let found = group_of(imported);
        prop_assert_eq!(canonical(&found), canonical(&known(&group, kafka)), "{}", text);
    }

    #[test]
    fn a_cut_line_spoils_no_other(group in described(), kafka in prop::sample::select(print::ALL.to_vec()),
                                  line in any::<prop::sample::Index>(), at in 0usize..120) {
        let text = format!("{}{}", print::topics(&group, kafka), print::offsets(&group, kafka, false));
        let is_row = |line: &str| !line.contains("PARTITION ") && !line.starts_with("Topic:");
        let rows: Vec<usize> = text.lines().enumerate().filter(|(_, line)| is_row(line)).map(|(i, _)| i).collect();
        let line = rows[line.index(rows.len())];
        let (whole, cut) = (read(&text), read(&torn(&text, line, at)));
        prop_assert!(whole.bad.is_empty());
        prop_assert!(cut.bad.iter().all(|(named, _)| *named == line as u64 + 1), "{:?}", cut.bad);
        let (whole, cut) = (canonical(&group_of(whole)), canonical(&group_of(cut)));
        // One partition and its owner; and if it was the only one of a topic of which the group said anything, the rest
        // of that topic.
        let told = |one: &&String| one.contains("Some(") && !one.contains(" None None None ");
        let lost = whole.iter().filter(told).filter(|one| !cut.contains(one)).count();
        prop_assert!(lost <= 2, "{whole:#?} {cut:#?}");
    }

    #[test]
    fn a_link_carries_a_group_exactly(mut group in described(), topics in prop::collection::vec(prop::collection::vec(0u16..3, 0..3), 7),
                                      odd in "[a-z!~,*%:=./ é-]{1,8}") {
        for (member, topics) in group.members.iter_mut().zip(topics) {
            member.topics = topics.into_iter().filter(|topic| usize::from(*topic) < group.topics.len()).collect();
            member.topics.sort_unstable();
            member.topics.dedup();
        }
        group.group = odd.clone();
        group.strategy = Some(odd.clone());
        if let Some(member) = group.members.first_mut() {
            member.instance = Some(odd.clone());
            member.client = odd;
        }
        let data = Data { group: Some(group.into()) };
        let (parts, out) = import::parts(&data);
        prop_assert!(out.is_none() && parts.len() == 1, "{:?}", out);
        let mut copy = Data::default();
        prop_assert_eq!(import::from_link(&mut copy, parts[0].0, &parts[0].1), Some(Ok(())), "{}", parts[0].1);
        prop_assert_eq!(copy, hostless(&data), "{}", parts[0].1);
    }

    #[test]
    fn no_part_of_a_link_panics(group in described(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[0-9.,!~*/@:%-]{0,3}"), 1..4)) {
        let (parts, _) = import::parts(&Data { group: Some(group.into()) });
        let mut text: Vec<char> = parts[0].1.chars().collect();
        for (from, to, new) in cuts {
            let (a, b) = (from.index(text.len() + 1), to.index(text.len() + 1));
            text.splice(a.min(b)..a.max(b), new.chars());
        }
        let text: String = text.into_iter().collect();
        let mut data = Data::default();
        match import::from_link(&mut data, parts[0].0, &text) {
            // What reads is sound, and writes as it reads.
            Some(Ok(())) => {
                let group = data.group.clone().expect("a group");
                prop_assert!(group.parts() <= 2_000 && group.members.len() <= 120 && group.brokers().len() <= 60);
                prop_assert!(print::all(&group).all(|(_, _, part)| part.owner.is_none_or(|owner| owner < group.members.len())));
                let (again, _) = import::parts(&data);
                let mut copy = Data::default();
                if let Some((key, text)) = again.first() {
                    prop_assert_eq!(import::from_link(&mut copy, key, text), Some(Ok(())));
                    prop_assert_eq!(copy, hostless(&data));
                }
            }
            Some(Err(why)) => prop_assert!(why.contains("expected")),
            None => prop_assert!(false),
        }
    }

    #[test]
    fn no_bytes_panic_and_pieces_read_as_the_whole(bytes in material(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let whole = read_in(&[&bytes]);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let pieced = read_in(&pieces);
        prop_assert_eq!(&pieced.summary, &whole.summary);
        prop_assert_eq!((&pieced.bad, pieced.more, &pieced.set), (&whole.bad, whole.more, &whole.set));
        let count = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        for (line, why) in &whole.bad {
            prop_assert!((1..=count).contains(line) && !why.is_empty());
        }
        prop_assert_eq!(whole.data.is_some(), pieced.data.is_some());
        if whole.data.is_some() {
            let group = group_of(whole);
            prop_assert_eq!(&group, &group_of(pieced));
            prop_assert!(group.parts() > 0 && group.names().len() == group.members.len());
            let (parts, out) = import::parts(&Data { group: Some(group.clone()) });
            if out.is_none() {
                let mut copy = Data::default();
                prop_assert_eq!(import::from_link(&mut copy, parts[0].0, &parts[0].1), Some(Ok(())));
                prop_assert_eq!(copy, hostless(&Data { group: Some(group) }));
            }
        }
    }
}
