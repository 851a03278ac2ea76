//! The programs of one message, by the media type of its body. What each does is not looked at here.

use std::sync::Arc;

use super::carried::Carried;
use super::media::{Medium, is_alone, retyped, rule_types};
use super::message::{Told, View};
use super::program::Message;
use super::series::{NoCounterpart, Part, Series, Subject, Track};
use crate::contract::{Bodies, Use};
use crate::json::Path;
use crate::message::header::{Media, media};
use crate::message::media::{Content, Range, choose, essence};

/// The programs of messages of one sort of body.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What is done; `Err`: the other version has no place for them.
    pub made: Result<Message, NoCounterpart>,
    /// As what the body is read; `None`: no contract lists one like it, and it is refused.
    pub content: Option<Content>,
    /// Whether it is that whatever it says of itself.
    pub any: bool,
    /// What such a body is called then that says nothing.
    pub unsaid: Option<Box<str>>,
}

impl Kind {
    /// Of bodies that are read so.
    fn read(made: Result<Message, NoCounterpart>, content: Content) -> Self {
        Self { made, content: Some(content), any: false, unsaid: None }
    }

    /// Whether a body does not go through as it came.
    fn reads_body(&self) -> bool {
        self.made.as_ref().map_or(true, Message::reads_body)
    }

    /// Whether the other version has no place for a body.
    fn is_apart(&self) -> bool {
        matches!(self.made, Ok(Message::Apart { body: Err(_), .. }))
    }

    /// The same of what is not listed: any body is refused, and without one it is a message like others.
    fn unlisted(&self) -> Self {
        let made = self.made.clone().map(|made| match made {
            Message::Apart { head, .. } => {
                Message::Apart { head, body: Err(NoCounterpart::Unlisted) }
            }
            whole @ Message::Whole(_) => whole,
        });
        Self { made, content: None, any: false, unsaid: None }
    }
}

/// The programs of one message, by what it says that it is.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Of JSON, and of what is not listed.
    pub main: Kind,
    /// Of what is listed; empty where it is all the same.
    listed: Arc<[(Range, Kind)]>,
    /// Of what is neither, where no JSON is translated, and something that is listed is.
    other: Option<Arc<Kind>>,
    /// Headers that are others at the end of its way.
    pub carried: Arc<Carried>,
}

impl Typed {
    /// Of a message of which nothing else is said.
    pub fn only(made: Result<Message, NoCounterpart>) -> Self {
        Self::all(Kind::read(made, Content::Json), Arc::default(), None)
    }

    fn all(main: Kind, listed: Arc<[(Range, Kind)]>, other: Option<Arc<Kind>>) -> Self {
        Self { main, listed, other, carried: Arc::default() }
    }

    /// The programs of a message that says this `Content-Type`; it is asked only where that matters.
    pub fn of<'c>(&self, content_type: impl FnOnce() -> Option<&'c str>) -> &Kind {
        if self.listed.is_empty() {
            return &self.main;
        }
        let said = content_type();
        let listed = self.listed.iter();
        let listed = listed.filter_map(|(range, kind)| {
            let content = kind.content?;
            Some((range, (content, kind.any), kind))
        });
        let is_json = || said.is_some_and(|said| media(essence(said)) != Media::Other);
        let other = || self.other.as_deref().filter(|_| !is_json());
        said.and_then(|said| choose(said, listed)).or_else(other).unwrap_or(&self.main)
    }

    /// Whether any body does not go through as it came.
    pub fn reads_body(&self) -> bool {
        let all = self.listed.iter().map(|(_, kind)| kind);
        let mut made = all.chain([&self.main]).filter_map(|kind| kind.made.as_ref().ok());
        made.any(Message::reads_body)
    }
}

/// Where a body goes through: what two of them share is one program.
type Route = Vec<(Use, Use)>;

impl Series {
    /// The programs of a message on its way.
    pub fn typed(&self, track: &Track, part: Part) -> Typed {
        let carried = Carried::new(&self.told(track, part, self.first(track, part)));
        Typed { carried: Arc::new(carried), ..self.by_type(track, part) }
    }

    fn by_type(&self, track: &Track, part: Part) -> Typed {
        let none = Bodies::default();
        let bodies = self.listed(track, part).unwrap_or(&none);
        let main = bodies.main();
        let made = self.program_of(track, (part, main));
        let own = Kind::read(made, Content::Json);
        let alone = bodies.all.len() == 1 && main == Some(0);
        let own = if alone { self.named(own, track, (part, 0), bodies) } else { own };
        if track.pairs.is_empty() || bodies.all.is_empty() || alone {
            return Typed::all(own, Arc::default(), None);
        }
        let mut known: Vec<(Route, Content, Kind)> = Vec::new();
        let mut listed = Vec::new();
        let mut differ = main.is_none();
        known.extend(
            self.route(track, (part, main)).map(|route| (route, Content::Json, own.clone())),
        );
        for (at, body) in bodies.all.iter().enumerate() {
            let of = (part, Some(at));
            let route = self.route(track, of);
            // One that says another type afterwards has a program of its own.
            let plain = route.as_ref().filter(|_| self.retype(track, of).is_none());
            let same = known
                .iter()
                .find(|(before, content, _)| plain == Some(before) && body.content == *content);
            let kind = match same {
                Some((_, _, kind)) => kind.clone(),
                None if main == Some(at) => own.clone(),
                None => Kind::read(self.program_of(track, of), body.content),
            };
            // What is no JSON and has no counterpart is as good as not listed.
            let apart = body.content != Content::Json;
            if apart && (!self.arrives(track, of) || kind.made.is_err()) {
                // But it is the other version that has none, where that has no place for any.
                let kind = if kind.is_apart() { kind } else { own.clone() };
                listed.extend(own.is_apart().then(|| (body.range.clone(), kind)));
                continue;
            }
            let kind = self.named(kind, track, (part, at), bodies);
            differ |= kind.any;
            if same.is_none() && main != Some(at) {
                differ = true;
                known.extend(route.map(|route| (route, body.content, kind.clone())));
            }
            listed.push((body.range.clone(), kind));
        }
        let listed: Arc<[_]> = if differ { listed.into() } else { Arc::default() };
        let read = own.reads_body();
        let refuses = read || listed.iter().any(|(_, kind)| kind.reads_body());
        let unlisted = refuses.then(|| own.unlisted());
        match (unlisted, main) {
            (Some(main), None) => Typed::all(main, listed, None),
            (other, _) => {
                let other = other.filter(|_| !read).map(Arc::new);
                Typed::all(own, listed, other)
            }
        }
    }

    /// The programs of one of the bodies that are listed, with what it may say of itself.
    fn named(&self, kind: Kind, track: &Track, (part, at): (Part, usize), all: &Bodies) -> Kind {
        let any = all.all.get(at).is_some_and(|body| body.any) && !track.pairs.is_empty();
        let retype = any.then(|| self.retype(track, (part, Some(at)))).flatten();
        Kind { any, unsaid: retype.map(|retype| retype.to), ..kind }
    }

    /// The types that a body goes through; `None`: through none.
    fn route(&self, track: &Track, (part, medium): (Part, Medium)) -> Option<Route> {
        let view = if self.crosses(track, part) { View::Whole } else { View::Body };
        let travel = self.travel(Subject::Typed(track, part, medium, view), track.way);
        let roots = travel.ok()??.roots;
        Some(roots.iter().map(|root| (root.source, root.target)).collect())
    }

    /// Whether a body that is no JSON has a counterpart in every version on its way, or is a text that one alone
    /// has, and none of it need be read that cannot be.
    fn arrives(&self, track: &Track, (part, medium): (Part, Medium)) -> bool {
        let told = self.told(track, part, medium);
        let opaque = self.listed(track, part).and_then(|all| all.get(medium));
        let opaque = opaque.is_some_and(|body| body.content == Content::Opaque);
        let arrives = |told: &Told<'_>| told.mediums.1.is_some() || is_alone(told);
        told.iter().all(arrives) && !(opaque && self.crosses(track, part))
    }

    /// Media types of `Accept`: those of answers that the client of a request knows by another name, each
    /// with the one that becomes it on the way back; none where rules are about `Accept` itself.
    pub fn accepted(&self, track: &Track, answers: &[Part]) -> Vec<(Box<str>, Box<str>)> {
        let accept = Path::names(&["header", "accept"]);
        let requests = self.told(track, Part::Request, None);
        let rules = requests.iter().flat_map(|told| &told.rules);
        let mut claims = rules.flat_map(|rules| rules.whole.claims());
        if claims.any(|(_, place, _)| place == accept) {
            return Vec::new();
        }
        let back = &track.back();
        let (direction, _) = back.way.hops();
        let mut pairs: Vec<(Box<str>, Box<str>)> = Vec::new();
        let mut stay: Vec<String> = Vec::new();
        let errors = |part: &&Part| matches!(part, Part::Answer(status) if status.is_error());
        let (errors, others): (Vec<&Part>, Vec<&Part>) = answers.iter().partition(errors);
        for part in others.into_iter().chain(errors) {
            let none = Bodies::default();
            let bodies = self.listed(back, *part).unwrap_or(&none);
            let all = bodies.all.iter().enumerate().filter(|(_, body)| body.range.is_one());
            let mut types: Vec<(String, Medium)> =
                all.map(|(at, body)| (body.range.as_str().to_owned(), Some(at))).collect();
            if let Some(first) = self.told(back, *part, None).first() {
                let named = rule_types(first, direction.source());
                types.extend(named.into_iter().map(|own| (own.to_ascii_lowercase(), None)));
            }
            for (own, medium) in types {
                let mut name = Some(own.clone());
                for told in self.told(back, *part, medium) {
                    name = retyped(&told, name.as_deref()).0;
                }
                let Some(name) = name.map(|name| name.to_ascii_lowercase()) else { continue };
                if name == own {
                    stay.push(name);
                } else if pairs.len() < MOST && !pairs.iter().any(|(known, _)| **known == *name) {
                    pairs.push((name.into(), own.into()));
                }
            }
        }
        pairs.retain(|(own, _)| !stay.iter().any(|name| **own == **name));
        pairs
    }
}

/// Media types of answers that are looked for in `Accept`.
const MOST: usize = 64;
