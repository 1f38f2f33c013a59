//! The core's rows as cells, in the order of `tables.rs`. Values are written as they stand: nothing
//! is computed here that the core has not.

use crate::cell::Cell;
use crate::error::StoreError;
use crate::tables::{
    ACCOUNTS, EXECUTIONS, EXECUTIONS_CHARGED, ORDERS, ORDERS_MOVED, ORDERS_PLACED, PAPER_MARKETS,
    POSITIONS, RUNS, SETTLEMENTS, Table,
};
use betteroms_core::event::{AccountId, Fill};
use betteroms_core::market::{ConditionId, Outcome};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::order::{Order, OrderId, Want};
use betteroms_core::plan::Size;
use betteroms_core::state::paper::PaperMarket;
use betteroms_core::state::position::Position;
use betteroms_core::state::real::Booked;
use betteroms_core::state::{Account, Row, Run};
use betteroms_core::time::Time;
use betteroms_core::venue::VenueId;

/// Rows of every view, as cells.
#[derive(Debug, Default)]
pub(crate) struct ViewCells {
    accounts: Vec<Cell>,
    runs: Vec<Cell>,
    orders: Vec<Cell>,
    placed: Vec<Cell>,
    moved: Vec<Cell>,
    executions: Vec<Cell>,
    charged: Vec<Cell>,
    settlements: Vec<Cell>,
    positions: Vec<Cell>,
    paper: Vec<Cell>,
}

impl ViewCells {
    /// Puts rows into their stored form. `fill_seqs` are the events that booked the executions, in
    /// the same order.
    ///
    /// # Errors
    /// When there are more or fewer executions than such events.
    pub(crate) fn new(
        account: &AccountId,
        rows: &[Row<'_>],
        fill_seqs: &[i64],
    ) -> Result<Self, StoreError> {
        let fills = rows.iter().filter(|row| matches!(row, Row::Execution(_))).count();
        if fills != fill_seqs.len() {
            return Err(StoreError::UnpairedFills { events: fill_seqs.len(), rows: fills });
        }
        let mut seqs = fill_seqs.iter();
        let mut all = Self::default();
        let account = &Cell::from(account.as_str());
        for row in rows {
            match row {
                Row::Account(it) => all.accounts.extend(account_cells(it)?),
                Row::Run(run) => all.runs.extend(run_cells(account, run)),
                Row::Order(order) => all.orders.extend(order_cells(account, order)?),
                Row::Placed(order) => all.placed.extend(placed_cells(account, order)?),
                Row::Moved(order) => all.moved.extend(moved_cells(account, order)?),
                Row::Execution(fill) => {
                    let seq = seqs.next().copied().unwrap_or_default();
                    all.executions.extend(execution_cells(account, fill, seq));
                }
                Row::Charged(it) => all.charged.extend(charged_cells(account, &it.fill)),
                Row::Settlement(it) => all.settlements.extend(settlement_cells(account, it)?),
                Row::Position(it) => all.positions.extend(position_cells(account, it)?),
                Row::Paper(market, it) => all.paper.extend(paper_cells(account, market, it)?),
            }
        }
        Ok(all)
    }

    /// Each view with its rows.
    pub(crate) fn into_tables(self) -> [(&'static Table, Vec<Cell>); 10] {
        [
            (&ACCOUNTS, self.accounts),
            (&RUNS, self.runs),
            (&ORDERS, self.orders),
            (&ORDERS_PLACED, self.placed),
            (&ORDERS_MOVED, self.moved),
            (&EXECUTIONS, self.executions),
            (&EXECUTIONS_CHARGED, self.charged),
            (&SETTLEMENTS, self.settlements),
            (&POSITIONS, self.positions),
            (&PAPER_MARKETS, self.paper),
        ]
    }
}

fn usd(amount: Usd) -> Cell {
    Cell::Int(amount.micros())
}

fn shares(amount: Shares) -> Cell {
    Cell::Int(amount.micros())
}

fn at(time: Time) -> Cell {
    Cell::Int(time.micros())
}

/// A counter; stops at the end of the stored range.
fn count(value: u64) -> Cell {
    Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The outcome's index.
pub(crate) const fn outcome_index(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::First => 0,
        Outcome::Second => 1,
    }
}

/// The plan of an order: what stands before the first stroke of its name.
pub(crate) fn run_of(order: &OrderId) -> &str {
    order.as_str().split('/').next().unwrap_or_default()
}

fn account_cells(it: &Account) -> Result<[Cell; 15], StoreError> {
    Ok([
        it.id.as_str().into(),
        usd(it.cash),
        usd(it.funded),
        it.last_now.map(at).into(),
        it.passes_at_last_now.into(),
        it.open_pass.as_ref().map(|pass| pass.as_str()).into(),
        count(it.next_seq),
        it.day.as_str().into(),
        usd(it.day_notional),
        usd(it.equity),
        usd(it.day_open_equity),
        usd(it.fewest_cash),
        usd(it.most_cash),
        it.successor.as_ref().map(AccountId::as_str).into(),
        Cell::json(it).map_err(StoreError::encode("an account"))?,
    ])
}

fn run_cells(account: &Cell, run: &Run) -> [Cell; 12] {
    let account = account.clone();
    match run {
        Run::Pass { id, now, world, closed } => [
            account,
            id.as_str().into(),
            "pass".into(),
            id.as_str().into(),
            at(*now),
            Cell::Null,
            world.as_str().into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            if *closed { "CLOSED" } else { "OPEN" }.into(),
            Cell::Null,
        ],
        Run::Plan { id, pass, now, mode, attempt, stopped, digest, canonical, file, trades } => [
            account,
            id.as_str().into(),
            "plan".into(),
            pass.as_str().into(),
            at(*now),
            match mode {
                betteroms_core::plan::Mode::Paper => "paper",
                betteroms_core::plan::Mode::Real => "real",
            }
            .into(),
            digest.as_str().into(),
            canonical.as_str().into(),
            file.as_str().into(),
            (*trades).into(),
            if *stopped { "STOPPED" } else { "ADMITTED" }.into(),
            (*attempt).into(),
        ],
    }
}

/// The whole row of an order.
fn order_cells(account: &Cell, order: &Order) -> Result<impl Iterator<Item = Cell>, StoreError> {
    let (trade, fate) = (&order.trade, fate_of(order)?);
    let admitted = [
        order.run_id.as_str().into(),
        trade.id.as_str().into(),
        trade.index.into(),
        order.file.as_str().into(),
        trade.outcome.to_string().as_str().into(),
        trade.side.to_string().as_str().into(),
        if order.time_in_force.is_immediate() { "MARKET" } else { "LIMIT" }.into(),
        order.time_in_force.to_string().as_str().into(),
        trade.price.micros().into(),
        at(order.admitted_at),
        order.wait_until.map(at).into(),
    ];
    Ok(key_of(account, order).into_iter().chain(admitted).chain(placing_of(order)).chain(fate))
}

/// How an order was placed, and what became of it.
fn placed_cells(account: &Cell, order: &Order) -> Result<impl Iterator<Item = Cell>, StoreError> {
    let fate = fate_of(order)?;
    Ok(key_of(account, order).into_iter().chain(placing_of(order)).chain(fate))
}

/// What became of an order.
fn moved_cells(account: &Cell, order: &Order) -> Result<impl Iterator<Item = Cell>, StoreError> {
    Ok(key_of(account, order).into_iter().chain(fate_of(order)?))
}

fn key_of(account: &Cell, order: &Order) -> [Cell; 2] {
    [account.clone(), order.id.as_str().into()]
}

fn placing_of(order: &Order) -> [Cell; 9] {
    let (trade, placing) = (&order.trade, order.placing.as_ref());
    let size = match (placing.map(|p| p.want), trade.size) {
        (Some(Want::Shares(size)), _) | (None, Size::Shares(size)) => Some(shares(size)),
        (Some(Want::Cash(_)), _) | (None, Size::Usdc(_) | Size::All) => None,
    };
    let notional = match (placing, trade.size) {
        (Some(placing), _) => Some(usd(placing.notional)),
        (None, Size::Usdc(cash)) => Some(usd(cash)),
        (None, Size::Shares(_) | Size::All) => None,
    };
    [
        order.market.as_ref().map(ConditionId::as_str).into(),
        order.slug.as_deref().into(),
        order.outcome.map(outcome_index).into(),
        size.into(),
        notional.into(),
        placing.map(|p| at(p.at)).into(),
        placing.map(|p| count(p.seq)).into(),
        placing.and_then(|p| p.due).map(at).into(),
        order.venue_id().map(VenueId::as_str).into(),
    ]
}

fn fate_of(order: &Order) -> Result<[Cell; 9], StoreError> {
    let got = &order.tracks.expected;
    let reason = (order.wait.as_ref().map(|wait| wait.code()))
        .or_else(|| order.denial.as_ref().map(|denial| denial.code()))
        .or_else(|| order.end.map(|end| end.code()));
    Ok([
        shares(got.filled),
        usd(got.cash),
        usd(got.fee),
        usd(order.reserve),
        order.fills.into(),
        order.status.as_str().into(),
        reason.into(),
        order.ended_at.map(at).into(),
        Cell::json(order).map_err(StoreError::encode("an order"))?,
    ])
}

fn execution_cells(account: &Cell, fill: &Fill, seq: i64) -> [Cell; 14] {
    [
        account.clone(),
        fill.trade_id.as_str().into(),
        fill.order.as_str().into(),
        fill.role.as_str().into(),
        seq.into(),
        run_of(&fill.order).into(),
        fill.market.as_str().into(),
        outcome_index(fill.outcome).into(),
        fill.side.to_string().as_str().into(),
        fill.price.micros().into(),
        shares(fill.shares),
        usd(fill.cash),
        at(fill.at),
        usd(fill.fee),
    ]
}

/// What an execution was charged.
fn charged_cells(account: &Cell, fill: &Fill) -> [Cell; 5] {
    [
        account.clone(),
        fill.trade_id.as_str().into(),
        fill.order.as_str().into(),
        fill.role.as_str().into(),
        usd(fill.fee),
    ]
}

fn settlement_cells(account: &Cell, it: &Booked) -> Result<[Cell; 7], StoreError> {
    Ok([
        account.clone(),
        it.fill.trade_id.as_str().into(),
        it.fill.order.as_str().into(),
        it.fill.role.as_str().into(),
        it.settlement.as_str().into(),
        i64::from(it.is_over()).into(),
        Cell::json(it).map_err(StoreError::encode("a settlement"))?,
    ])
}

fn position_cells(account: &Cell, it: &Position) -> Result<[Cell; 15], StoreError> {
    Ok([
        account.clone(),
        it.market.as_str().into(),
        outcome_index(it.outcome).into(),
        shares(it.shares),
        usd(it.cost),
        usd(it.buy_fees),
        usd(it.realised),
        usd(it.fewest.cash),
        shares(it.fewest.shares),
        usd(it.most.cash),
        shares(it.most.shares),
        it.payout.map(|payout| payout.micros()).into(),
        usd(it.paid),
        i64::from(it.is_flat()).into(),
        Cell::json(it).map_err(StoreError::encode("a position"))?,
    ])
}

fn paper_cells(
    account: &Cell,
    market: &ConditionId,
    it: &PaperMarket,
) -> Result<[Cell; 3], StoreError> {
    let body = Cell::json(it).map_err(StoreError::encode("the matcher's memory of a market"))?;
    Ok([account.clone(), market.as_str().into(), body])
}
