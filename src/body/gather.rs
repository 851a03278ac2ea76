//! Whole bodies in memory, with limits of size, time and memory. It decides nothing about what is in
//! them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
        match tokio::time::timeout(PATIENCE, permit).await {
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
        } else if let [permit] = share.0.as_mut_slice() {
            drop(permit.split(held.saturating_sub(wanted)));
        }
        Ok(share)
    }
}

/// How a body is gathered.
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    /// Bytes at most.
    pub limit: usize,
    /// Time at most.
    pub time: Duration,
    /// Memory that is needed beside that of the body itself.
    pub room: usize,
}

/// Reads a whole body; what came of it is counted, whatever becomes of it. What was gathered before was
/// counted then.
pub async fn gather(
    mut source: Source,
    how: Gather,
    budget: &Budget,
    received: &Meter,
) -> Result<(Bytes, Share), BodyError> {
    if let Some(held) = source.take() {
        return Ok(held);
    }
    let hint = source.size_hint();
    let least = usize::try_from(hint.lower()).unwrap_or(usize::MAX);
    if least > how.limit {
        return Err(BodyError::TooLarge(how.limit));
    }
    // Without a length the most is reserved: a body that grew piece by piece could wait for
    // memory that only bodies like itself hold.
    let length = length(&source).unwrap_or(how.limit);
    let share = budget.take(length.saturating_add(how.room)).await?;
    let read = read(source, how.limit, (least, received));
    let read = tokio::time::timeout(how.time, read).await.map_err(|_| BodyError::TooSlow)?;
    Ok((read?, share))
}

/// How long a body is, where that is said.
pub fn length(source: &Source) -> Option<usize> {
    source.size_hint().exact().and_then(|length| usize::try_from(length).ok())
}

/// Whether a body has come to its end, within `time`, without a single byte. What it had of the
/// body is gone.
pub async fn is_empty(mut source: Source, time: Duration) -> bool {
    let none = async {
        while let Some(frame) = source.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) if !data.is_empty() => return false,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    };
    tokio::time::timeout(time, none).await.unwrap_or(false)
}

async fn read(
    mut source: Source,
    limit: usize,
    (least, received): (usize, &Meter),
) -> Result<Bytes, BodyError> {
    let mut bytes = Vec::with_capacity(least);
    while let Some(frame) = source.frame().await {
        if let Ok(data) = frame?.into_data() {
            received.count(data.len());
            if bytes.len().saturating_add(data.len()) > limit {
                return Err(BodyError::TooLarge(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    received.finish(End::Complete);
    Ok(Bytes::from(bytes))
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
    tokio::time::timeout(time, whole).await.ok().flatten()
}
