//! Whole bodies in memory, with limits of size, time and memory. It decides nothing about what is in
//! them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::{BodyError, End, Meter, Source};

/// How long a body waits for memory before it is turned away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Memory is handed out in pieces of this size.
const PIECE: usize = 1024;

/// The memory that all gathered bodies of the process share.
#[derive(Clone, Debug)]
pub struct Budget {
    pieces: Arc<Semaphore>,
    total: u32,
}

/// A share of the budget, given back when it is dropped.
#[derive(Debug, Default)]
pub struct Share(Vec<OwnedSemaphorePermit>);

/// Bytes that are held, and what they hold of the budget.
struct Held(Bytes, #[expect(dead_code, reason = "held, not read")] Share);

impl Share {
    /// Bytes that give it back when the last of them is gone.
    pub(super) fn hold(self, bytes: impl Into<Bytes>) -> Bytes {
        Bytes::from_owner(Held(bytes.into(), self))
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let total = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).max(1);
        let pieces =
            Semaphore::new(usize::try_from(total).unwrap_or(1).min(Semaphore::MAX_PERMITS));
        Self { pieces: Arc::new(pieces), total }
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        let total = usize::try_from(self.total).unwrap_or(usize::MAX);
        total.saturating_sub(self.pieces.available_permits()).saturating_mul(PIECE)
    }

    async fn take(&self, bytes: usize) -> Result<Share, BodyError> {
        let wanted = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).min(self.total);
        let permit = Arc::clone(&self.pieces).acquire_many_owned(wanted);
        match timeout(PATIENCE, permit).await {
            Ok(Ok(permit)) => Ok(Share(vec![permit])),
            Ok(Err(_)) | Err(_) => Err(BodyError::NoRoom),
        }
    }

    /// Makes a share as large as so many bytes: gives back what they do not need, and waits for
    /// what they need more.
    pub async fn fit(&self, mut share: Share, bytes: usize) -> Result<Share, BodyError> {
        let wanted = bytes.div_ceil(PIECE);
        let held = share.0.iter().map(OwnedSemaphorePermit::num_permits).sum::<usize>();
        if let Some(more) = wanted.checked_sub(held).filter(|more| *more > 0) {
            // All that there is at most: a result may be larger than the whole budget.
            let most = usize::try_from(self.total).unwrap_or(usize::MAX).saturating_sub(held);
            let more = self.take(more.min(most).saturating_mul(PIECE)).await?;
            share.0.extend(more.0);
        }
        let mut excess = held.saturating_sub(wanted);
        while let Some(mut last) = share.0.pop_if(|_| excess > 0) {
            let own = last.num_permits();
            drop(last.split(own.min(excess)));
            excess = excess.saturating_sub(own);
            share.0.extend((last.num_permits() > 0).then_some(last));
        }
        Ok(share)
    }
}

/// How a body is gathered.
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    /// Bytes at most.
    pub limit: usize,
    /// Time at most, without what it waits for memory.
    pub time: Duration,
}

/// Reads a whole body; what came of it is counted, whatever becomes of it. What was gathered before was
/// counted then. `room` is the memory that is needed beside a body of so many bytes. One that may be wanted
/// again can be read again, also where it was too large; what it has of the memory is then with what is given
/// back here.
pub async fn gather(
    source: &mut Source,
    how: Gather,
    room: impl Fn(usize) -> usize,
    (budget, received): (&Budget, &Meter),
) -> Result<(Bytes, Share), BodyError> {
    if let Some(held) = source.take() {
        return Ok(held);
    }
    let least = usize::try_from(source.size_hint().lower()).unwrap_or(usize::MAX);
    if least > how.limit {
        return Err(BodyError::TooLarge(how.limit));
    }
    let need = |length: usize| length.saturating_add(room(length));
    // What says its length waits for all that it needs before it holds anything. What does not gets memory
    // for what has come, and as much again, so that one that stalls keeps none from others; where there is
    // no more, those that wait for it are turned away, and what they held goes to the rest.
    let sized = length(source);
    let mut reserved = sized.unwrap_or_default();
    let mut share = budget.take(sized.map_or(0, need)).await?;
    let mut bytes = Vec::with_capacity(reserved);
    let (mut left, mut trailers) = (how.time, None);
    loop {
        let began = Instant::now();
        let frame = timeout(left, source.frame()).await.map_err(|_| BodyError::TooSlow)?;
        left = left.saturating_sub(began.elapsed());
        let Some(frame) = frame else { break };
        let data = match frame?.into_data() {
            Ok(data) => data,
            Err(frame) => {
                trailers = Some(frame);
                continue;
            }
        };
        received.count(data.len());
        let length = bytes.len().saturating_add(data.len());
        if length > how.limit {
            source.put_back(bytes.into(), share, Some(Frame::data(data)));
            return Err(BodyError::TooLarge(how.limit));
        }
        if length > reserved {
            reserved = reserved.saturating_mul(2).clamp(length, how.limit);
            share = budget.fit(share, reserved).await?;
            bytes.reserve_exact(reserved.saturating_sub(bytes.len()));
        }
        bytes.extend_from_slice(&data);
    }
    received.finish(End::Complete);
    // Whoever it came from need not wait for memory, too; and what is given back is not kept.
    source.end();
    bytes.shrink_to_fit();
    let share = budget.fit(share, need(bytes.len())).await?;
    let bytes = Bytes::from(bytes);
    source.put_back(bytes.clone(), Share::default(), trailers);
    Ok((bytes, share))
}

/// How long a body is, where that is said.
pub fn length(source: &Source) -> Option<usize> {
    source.size_hint().exact().and_then(|length| usize::try_from(length).ok())
}

/// Whether a body has come to its end, within `time`, without a single byte. What it had of the
/// body is gone, unless that may be wanted again; one that has broken off may not.
pub async fn is_empty(source: &mut Source, time: Duration) -> Result<bool, BodyError> {
    let none = async {
        while let Some(frame) = source.frame().await {
            match frame?.into_data() {
                Ok(data) if !data.is_empty() => {
                    source.put_back(data, Share::default(), None);
                    return Ok(false);
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(true)
    };
    timeout(time, none).await.unwrap_or(Ok(false))
}

/// Reads a body that nobody wants; gives its bytes if it has come to its end within `time`.
pub async fn waste(mut source: Source, time: Duration) -> Option<u64> {
    let whole = async {
        let mut bytes = 0_u64;
        while let Some(frame) = source.frame().await {
            let length = frame.ok()?.data_ref().map_or(0, Bytes::len);
            bytes = bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        Some(bytes)
    };
    timeout(time, whole).await.ok().flatten()
}
