//! The relayer's routes through their handlers, as an official client calls them.

/// Reads a reply as our own client does.
macro_rules! wire {
    ($reply:expr) => {{
        let reply: &crate::serve::call::Reply = $reply;
        betteroms_polymarket::wire::decode(&reply.body).unwrap()
    }};
}

mod batches;
mod desk;
mod reads;
mod receipts;
mod rpc;
mod sessions;
mod transactions;
