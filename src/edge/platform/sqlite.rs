//! The fleet's store on a Durable Object's SQLite.

use worker::State;
use worker::js_sys::Array;
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast as _, JsValue};

use crate::fleet::{Row, Store, StoreError, Value};

#[wasm_bindgen]
extern "C" {
    /// The part of `DurableObjectStorage` that the `worker` crate does not have.
    type TransactionalStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &TransactionalStorage) -> Sql;

    /// `SqlStorage`, asked for rows as arrays: the crate's own cursor reads them one call at a time.
    type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, query: &str, bindings: &Array) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, js_name = raw)]
    fn raw_rows(this: &Cursor) -> JsValue;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionalStorage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// A Durable Object's SQLite.
pub(in crate::edge) struct ObjectStore {
    sql: Sql,
    storage: TransactionalStorage,
}

impl ObjectStore {
    pub(in crate::edge) fn new(state: &State) -> Self {
        let storage = state.storage();
        let raw: &JsValue = storage.as_raw().as_ref();
        let storage: TransactionalStorage = raw.clone().unchecked_into();
        Self { sql: storage.sql(), storage }
    }
}

impl Store for ObjectStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let parameters: Array = parameters.iter().map(to_js).collect();
        let failed = |error: JsValue| StoreError(format!("{error:?}"));
        let cursor = self.sql.exec(sql, &parameters).map_err(failed)?;
        let rows = Array::from(&cursor.raw_rows());
        rows.iter().map(|row| from_js_row(&row)).collect()
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut work = Some(work);
        let mut outcome = None;
        let ended = self.storage.transaction_sync(&mut || {
            let result = work.take().map(|work| work());
            let failed = matches!(result, Some(Err(_)));
            outcome = result;
            // Throwing is how a transaction is rolled back.
            if failed { Err(JsValue::from_str("rolled back")) } else { Ok(()) }
        });
        match (outcome, ended) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(_)) => Ok(value),
            (_, Err(error)) => Err(StoreError(format!("transaction: {error:?}")).into()),
            (None, Ok(_)) => Err(StoreError("transaction: its work did not run".to_owned()).into()),
        }
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        #[allow(clippy::cast_precision_loss, reason = "the fleet keeps its numbers within 2⁵³")]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn from_js_row(row: &JsValue) -> Result<Row, StoreError> {
    Array::from(row).iter().map(|value| from_js(&value)).collect::<Result<_, _>>().map(Row)
}

fn from_js(value: &JsValue) -> Result<Value, StoreError> {
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text));
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    #[allow(clippy::cast_possible_truncation, reason = "a whole number within 2⁵³, as it was checked")]
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
            Ok(Value::Integer(number as i64))
        }
        _ => Err(StoreError(format!("a column of another kind: {value:?}"))),
    }
}
