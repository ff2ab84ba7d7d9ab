//! How an object's calls are declared: what travels, what an object implements, and the way from one to the other.

use std::fmt;

use crate::wire::{Code, Problem};

/// Why a call to another object has no answer that can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// The object refused it.
    Refused(Problem),
    /// No answer came, or one that can't be read. The call may have been carried out.
    Lost(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problem) => f.write_str(&problem.detail),
            Self::Lost(cause) => f.write_str(cause),
        }
    }
}

/// Declares the calls of one kind of object, from rows `method(Request) -> Answer;`:
///
/// * an enum of the requests, which is what travels as JSON, tagged by the method's name;
/// * a trait with one method per request, which the object implements;
/// * a trait that gives each request its answer's type, and takes it to its method.
macro_rules! service {
    (
        $(#[doc = $call_doc:literal])* call $call:ident;
        $(#[doc = $service_doc:literal])* service $service:ident;
        $(#[doc = $method_doc:literal])* method $method_trait:ident;
        $( $(#[doc = $doc:literal])+ $method:ident($request:ident) -> $answer:ty; )+
    ) => {
        $(#[doc = $call_doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $call {
            $( $(#[doc = $doc])+ $request($request), )+
        }

        $(#[doc = $service_doc])*
        pub trait $service {
            $(
                $(#[doc = $doc])+
                ///
                /// # Errors
                /// The problem that the caller gets.
                fn $method(
                    &self,
                    call: $request,
                ) -> impl Future<Output = Result<$answer, $crate::wire::Problem>>;
            )+
        }

        $(#[doc = $method_doc])*
        pub trait $method_trait: Into<$call> + Clone + 'static {
            /// What it is answered.
            type Answer: serde::Serialize + serde::de::DeserializeOwned + 'static;

            /// Hands it to its method.
            ///
            /// # Errors
            /// The problem that the caller gets.
            fn serve<S: $service>(
                self,
                service: &S,
            ) -> impl Future<Output = Result<Self::Answer, $crate::wire::Problem>>;
        }

        impl $call {
            /// Hands the call to its method; the answer is JSON.
            ///
            /// # Errors
            /// The problem that the caller gets.
            pub async fn serve_json<S: $service>(self, service: &S) -> Result<Vec<u8>, $crate::wire::Problem> {
                match self {
                    $( Self::$request(call) => $crate::wire::rpc::service::to_json(&service.$method(call).await?), )+
                }
            }
        }

        $(
            impl From<$request> for $call {
                fn from(call: $request) -> Self {
                    Self::$request(call)
                }
            }

            impl $method_trait for $request {
                type Answer = $answer;

                fn serve<S: $service>(
                    self,
                    service: &S,
                ) -> impl Future<Output = Result<Self::Answer, $crate::wire::Problem>> {
                    service.$method(self)
                }
            }
        )+
    };
}
pub(super) use service;

pub(super) fn to_json(answer: &impl serde::Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(answer)
        .map_err(|error| Problem::new(Code::Internal, format!("an answer can't be written: {error}")))
}
