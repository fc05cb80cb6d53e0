#![allow(clippy::unwrap_used)]

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use hickory_resolver::{
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
};

use super::*;

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;

/// A name server that gives every question this code and these TXT records, each of strings.
fn name_server(code: u8, records: &'static [&'static [&'static str]]) -> SystemDns {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut connection = ConnectionConfig::udp();
    connection.port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut question) {
            let answer = answer(&question[..length], code, records);
            let _ = socket.send_to(&answer, client);
        }
    });
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let server = NameServerConfig::new(address, true, vec![connection]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let provider = TokioRuntimeProvider::default();
    let builder = TokioResolver::builder_with_config(config, provider);
    SystemDns(builder.build().unwrap())
}

/// A DNS message (RFC 1035, section 4.1) that answers the question.
fn answer(question: &[u8], code: u8, records: &[&[&str]]) -> Vec<u8> {
    let name_end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap();
    let count = u8::try_from(records.len()).unwrap();
    let mut message = question[..2].to_vec();
    message.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(&question[12..name_end + 5]);
    for strings in records {
        let data: Vec<u8> = strings
            .iter()
            .flat_map(|text| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat())
            .collect();
        message.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0]);
        message.push(u8::try_from(data.len()).unwrap());
        message.extend(data);
    }
    message
}

#[tokio::test]
async fn the_strings_of_a_record_are_one_text() {
    let dns = name_server(NO_ERROR, &[&["did=did:plc:", "abc"], &["v=spf1 -all"]]);
    let texts = dns.texts("_atproto.alice.example.com").await.unwrap();
    assert_eq!(texts, ["did=did:plc:abc", "v=spf1 -all"]);
}

#[tokio::test]
async fn no_such_name_is_an_answer() {
    let dns = name_server(NO_SUCH_NAME, &[]);
    assert!(dns.texts("_atproto.example.com").await.unwrap().is_empty());
    assert!(!dns.has_address("alice.example.com").await.unwrap());
}

#[tokio::test]
async fn a_name_without_such_records_is_an_answer() {
    let dns = name_server(NO_ERROR, &[]);
    assert!(dns.texts("_atproto.example.com").await.unwrap().is_empty());
    assert!(!dns.has_address("alice.example.com").await.unwrap());
}

#[tokio::test]
async fn a_failing_name_server_is_no_answer() {
    let dns = name_server(SERVER_FAILURE, &[]);
    let error = dns.texts("_atproto.example.com").await.unwrap_err();
    assert_eq!(error.name, "_atproto.example.com");
    dns.has_address("alice.example.com").await.unwrap_err();
}
