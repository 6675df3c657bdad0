//! Conversions between the fields of a step and the values of keys.

use super::options::{Lock, LockAccess, LockOrder, MemoryAccess, Protection, SectionWork, SharedObject};
use super::table::Value;
use crate::workload::Kernel;

/// A type that a field of a step may have.
pub(super) trait Field: Sized {
    fn to_value(&self) -> Value;
    fn from_value(value: &Value) -> Option<Self>;

    /// Replaces the field; returns false for a value of another type.
    fn put(&mut self, value: &Value) -> bool {
        Self::from_value(value).map(|new| *self = new).is_some()
    }
}

impl Field for f64 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(*number) } else { None }
    }
}

impl Field for u64 {
    fn to_value(&self) -> Value {
        Value::Whole(*self)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Whole(number) = value { Some(*number) } else { None }
    }
}

impl Field for u32 {
    fn to_value(&self) -> Value {
        Value::Whole((*self).into())
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Whole(number) = value { Self::try_from(*number).ok() } else { None }
    }
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Flag(*self)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Flag(flag) = value { Some(*flag) } else { None }
    }
}

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl Field for Vec<String> {
    fn to_value(&self) -> Value {
        Value::Texts(self.clone())
    }

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Texts(texts) = value { Some(texts.clone()) } else { None }
    }
}

macro_rules! choice_field {
    ($($type:ty),+) => {
        $(impl Field for $type {
            fn to_value(&self) -> Value {
                Value::Choice(self.name())
            }

            fn from_value(value: &Value) -> Option<Self> {
                let Value::Choice(name) = value else { return None };
                Self::ALL.into_iter().find(|one| one.name() == *name)
            }
        })+
    };
}

choice_field!(Kernel, Lock, SectionWork, Protection, LockOrder, LockAccess, MemoryAccess, SharedObject);

/// Reads and sets one field of one variant of `Step`.
macro_rules! access {
    ($variant:ident.$field:ident) => {
        $crate::workload::step::table::Access {
            get: |step| match step {
                Step::$variant { $field, .. } => Some($crate::workload::step::access::Field::to_value($field)),
                _ => None,
            },
            set: |step, value| match step {
                Step::$variant { $field, .. } => $crate::workload::step::access::Field::put($field, value),
                _ => false,
            },
        }
    };
}

/// The choices of a type that has `ALL`, `name` and `title`.
macro_rules! choices {
    ($type:ty) => {{
        const LIST: [$crate::workload::step::table::Choice; <$type>::ALL.len()] = {
            let mut list = [$crate::workload::step::table::Choice { name: "", title: "" }; <$type>::ALL.len()];
            let mut index = 0;
            while index < list.len() {
                list[index].name = <$type>::ALL[index].name();
                list[index].title = <$type>::ALL[index].title();
                index += 1;
            }
            list
        };
        $crate::workload::step::table::ValueType::Choice(&LIST)
    }};
}

/// A function of a step that is only called for one kind; for the others it returns the default.
macro_rules! of {
    ($pattern:pat => $result:expr) => {
        |step| match step {
            $pattern => $result,
            _ => Default::default(),
        }
    };
}

pub(super) use {access, choices, of};
