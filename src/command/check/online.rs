//! What posts name, asked on the network without a login: handles, records, pages.

mod named;

use std::{collections::BTreeMap, time::Duration};

use tokio::time::{Instant, timeout_at};
use url::Url;

use self::named::{Named, named_by};
use crate::{
    atproto::{
        client::Client,
        error::{Error, Kind},
        identity::{Identity, Resolver},
    },
    card::{CardError, Fetcher},
    command::{CommandError, Library, Progress, World, block_on, pin::reach},
    config::{Account, Mentions},
    diagnostic::Diagnostic,
    post::{Address, Checked, Thread},
    publish::{Network, resolver},
};

/// How long everything may take.
const TIME: Duration = Duration::from_secs(60);

/// What came of asking.
#[derive(Clone, Debug)]
enum Answer {
    There,
    /// Why it is not.
    Gone(String),
    /// Why nobody knows: never the author's mistake.
    Unknown(String),
}

/// Mistakes by path, and what could not be asked.
#[derive(Default)]
pub(super) struct Online {
    pub(super) mistakes: BTreeMap<String, Vec<Diagnostic>>,
    /// Lines for people.
    pub(super) unasked: Vec<String>,
}

/// Asks for what the posts name that are not out, each thing once.
pub(super) fn look(
    files: &[&Checked],
    library: &Library,
    world: &World<'_>,
    progress: &Progress,
) -> Result<Online, CommandError> {
    let network = world.network.connect().map_err(CommandError::world)?;
    let mut asking = Asking {
        network: &network,
        until: Instant::now() + TIME,
        homes: BTreeMap::new(),
        clients: BTreeMap::new(),
        answers: BTreeMap::new(),
    };
    let mut online = Online::default();
    let bar = progress.bar("asking", files.len());
    for file in files {
        bar.advance(1);
        let Ok(thread) = &file.result else { continue };
        if thread.settled().is_some() {
            continue;
        }
        let account = thread.account();
        let account = account.and_then(|name| library.config.account(name));
        for named in named_by(thread) {
            let answer = block_on(asking.answer(&named, account))?;
            online.take(thread, (&named, answer), library.config.mentions);
        }
    }
    Ok(online)
}

impl Online {
    fn take(&mut self, thread: &Thread, (named, answer): (&Named, Answer), mentions: Mentions) {
        let (path, text) = (thread.path(), thread.document().source());
        match answer {
            Answer::There => {}
            Answer::Unknown(reason) => self.unasked.push(format!("{path}: {reason}")),
            Answer::Gone(reason) => {
                let mistake = named.mistake(text, &reason, mentions);
                self.mistakes
                    .entry(path.to_owned())
                    .or_default()
                    .push(mistake);
            }
        }
    }
}

struct Asking<'a> {
    network: &'a Network,
    until: Instant,
    /// Where accounts of updraft.yml live, or why that is not known.
    homes: BTreeMap<String, Result<Identity, String>>,
    clients: BTreeMap<String, Result<Client, Answer>>,
    answers: BTreeMap<Named, Answer>,
}

impl Asking<'_> {
    async fn answer(&mut self, named: &Named, account: Option<&Account>) -> Answer {
        if let Some(answer) = self.answers.get(named) {
            return answer.clone();
        }
        let until = self.until;
        let answer = timeout_at(until, self.ask(named, account)).await;
        let answer = answer.unwrap_or_else(|_| {
            let seconds = TIME.as_secs();
            Answer::Unknown(format!("{named} was not asked for: {seconds} s had passed"))
        });
        self.answers.insert(named.clone(), answer.clone());
        answer
    }

    async fn ask(&mut self, named: &Named, account: Option<&Account>) -> Answer {
        if let Named::Page(url) = named {
            return page(url, account).await;
        }
        let Some(account) = account else {
            return Answer::Unknown("its account is not known, so nobody was asked".to_owned());
        };
        let home = match self.home(account).await {
            Ok(home) => home,
            Err(reason) => return Answer::Unknown(reason),
        };
        match named {
            Named::Handle(handle) => self.did(handle, &home.pds).await.err(),
            Named::Record(address) => self.record(address, &home).await.err(),
            Named::Page(_) => None,
        }
        .unwrap_or(Answer::There)
    }

    async fn home(&mut self, account: &Account) -> Result<Identity, String> {
        if let Some(home) = self.homes.get(&account.name) {
            return home.clone();
        }
        let home = match resolver(self.network, account.pds.as_deref()) {
            Ok(resolver) => resolver.resolve(&account.handle).await,
            Err(reason) => return Err(reason),
        };
        let home = home.map_err(|error| error.to_string());
        self.homes.insert(account.name.clone(), home.clone());
        home
    }

    fn resolver(&self) -> Result<Resolver, Answer> {
        resolver(self.network, None).map_err(Answer::Unknown)
    }

    async fn did(&self, handle: &str, pds: &Url) -> Result<String, Answer> {
        let did = self.resolver()?.resolve_handle(pds, handle).await;
        let did = did.map_err(|error| Answer::Unknown(error.to_string()))?;
        did.ok_or_else(|| Answer::Gone("no account has this handle".to_owned()))
    }

    async fn record(&mut self, address: &Address, home: &Identity) -> Result<(), Answer> {
        let did = match address.authority.starts_with("did:") {
            true => address.authority.clone(),
            false => self.did(&address.authority, &home.pds).await?,
        };
        if !self.clients.contains_key(&did) {
            let client = self.client(&did, home).await;
            self.clients.insert(did.clone(), client);
        }
        let client = match self.clients.get(&did) {
            Some(Ok(client)) => client,
            Some(Err(answer)) => return Err(answer.clone()),
            None => return Ok(()),
        };
        let collection = address.kind.collection();
        match client.get_record(&did, collection, &address.rkey).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Answer::Gone("it may have been deleted".to_owned())),
            Err(error) => Err(Answer::Unknown(error.to_string())),
        }
    }

    async fn client(&self, did: &str, home: &Identity) -> Result<Client, Answer> {
        let pds = match did == home.did {
            true => home.pds.clone(),
            false => {
                let identity = self.resolver()?.resolve(did).await;
                identity.map_err(|error| of_identity(&error))?.pds
            }
        };
        let client = Client::new(self.network.http.clone(), pds);
        Ok(client.with_pause(self.network.pause.clone()))
    }
}

/// Whether a DID leads nowhere, or could not be followed.
fn of_identity(error: &Error) -> Answer {
    match &error.kind {
        Kind::Mismatch(_) => Answer::Gone(error.to_string()),
        Kind::Refused(refusal) if matches!(refusal.status, 404 | 410) => {
            Answer::Gone("there is no such account".to_owned())
        }
        _ => Answer::Unknown(error.to_string()),
    }
}

async fn page(url: &str, account: Option<&Account>) -> Answer {
    let fetcher = match Fetcher::new(reach(account)) {
        Ok(fetcher) => fetcher,
        Err(reason) => return Answer::Unknown(reason),
    };
    match fetcher.fetch(url).await {
        Ok(_) => Answer::There,
        Err(error) => {
            let reason = error.to_string();
            match error {
                CardError::Slow(..) | CardError::Torn(_) | CardError::Unreachable(..) => {
                    Answer::Unknown(reason)
                }
                CardError::Status(_, 429 | 500..) => Answer::Unknown(reason),
                _ => Answer::Gone(reason),
            }
        }
    }
}
