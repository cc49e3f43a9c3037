//! `kubectl set subject`.

use podyard_engine::value;
use podyard_engine::value::Value;

use super::{COMMON, Setting};
use crate::call::Call;
use crate::command::Command;
use crate::failure::{Failure, Outcome, fail};
use crate::flags::{self, Flag};

const FLAGS: &[Flag] = &[
    flags::list("group", "Groups to bind to the role."),
    flags::list("serviceaccount", "Service accounts to bind, as namespace:name."),
    flags::list("user", "Users to bind to the role."),
];

pub(super) const SUBJECT: Command = Command::new(
    "subject",
    "Update the user, group, or service account in a role binding or cluster role binding",
    "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] \
     [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
)
.flags(&[FLAGS, COMMON, flags::FILES, flags::PRINT, flags::DRY_RUN])
.run(|call| Box::pin(run(call)));

async fn run(call: &Call<'_>) -> Outcome {
    let (added, checked) = match subjects(call) {
        Ok(added) if added.is_empty() => {
            (added, fail("you must specify at least one value of user, group or serviceaccount"))
        }
        Ok(added) => (added, Ok(())),
        Err(failure) => (Vec::new(), Err(failure)),
    };
    let setting = Setting {
        resources: &call.args,
        done: "subjects updated",
        failed: "failed to patch subjects to rolebinding: ",
        local: super::LOCAL_NEEDS_FILES,
        named: true,
    };
    setting
        .run(call, checked, |object| {
            if !matches!(object["kind"].text(), "RoleBinding" | "ClusterRoleBinding") {
                return Err(vec![
                    "setting subjects is only supported for RoleBinding/ClusterRoleBinding"
                        .to_owned(),
                ]);
            }
            for subject in &added {
                if !object["subjects"].items().contains(subject) {
                    object["subjects"].push(subject.clone());
                }
            }
            Ok(())
        })
        .await
}

/// The subjects that `--user`, `--group` and `--serviceaccount` name.
pub(in crate::commands) fn subjects(call: &Call<'_>) -> Outcome<Vec<Value>> {
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for name in call.flags.list(flag) {
            subjects.push(value!({
                "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name,
            }));
        }
    }
    for account in call.flags.list("serviceaccount") {
        match account.split(':').collect::<Vec<_>>().as_slice() {
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => {
                subjects.push(value!({
                    "kind": "ServiceAccount", "name": *name, "namespace": *namespace,
                }));
            }
            _ => {
                return Err(Failure::Text("serviceaccount must be <namespace>:<name>".to_owned()));
            }
        }
    }
    Ok(subjects)
}
