//! The system calls that are left. All others answer as if this kernel had none of them, which libraries know how to live with.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::Who;

/// Reading, memory, time, threads, and an end.
const ALWAYS: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_lseek,
    libc::SYS_fadvise64,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// What another program does besides while it is loaded and looks around.
const PROGRAM: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_set_tid_address,
    libc::SYS_faccessat,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_fstatfs,
    libc::SYS_statfs,
    libc::SYS_fcntl,
    libc::SYS_ioctl,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_times,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getppid,
    libc::SYS_getcpu,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_prctl,
];

/// The same by their older names.
#[cfg(target_arch = "x86_64")]
const PROGRAM_BEFORE: &[i64] = &[
    libc::SYS_arch_prctl,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const PROGRAM_BEFORE: &[i64] = &[];

/// What would make more of opening than reading.
const WRITES: u64 = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) as u64;

/// Lets this process and its threads do no more than what is here.
pub(super) fn apply(who: Who) -> Result<(), seccompiler::Error> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let refused = SeccompAction::Errno(libc::ENOSYS as u32);
    let filter = SeccompFilter::new(rules(who)?, refused, SeccompAction::Allow, architecture)?;
    apply_filter_all_threads(&BpfProgram::try_from(filter)?)
}

fn rules(who: Who) -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let any = |calls: &[i64]| calls.iter().map(|call| (*call, Vec::new())).collect::<Vec<_>>();
    let mut rules = BTreeMap::from_iter(any(ALWAYS));
    rules.insert(libc::SYS_openat, when(&[(2, masked(WRITES), 0)])?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, when(&[(1, masked(WRITES), 0)])?);
    // A thread, no process. What is newer than this call says in memory what it wants, where no filter looks.
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, when(&[(0, masked(thread), thread)])?);
    // To fall over is the right of both, over themselves.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, when(&[(0, SeccompCmpOp::Eq, own)])?);
    // Limits are asked for, not set.
    rules.insert(libc::SYS_prlimit64, when(&[(2, SeccompCmpOp::Eq, 0)])?);
    match who {
        Who::Program => {
            rules.extend(any(PROGRAM));
            rules.extend(any(PROGRAM_BEFORE));
        }
        Who::Worker => {
            // All code there is, is loaded.
            let runs = libc::PROT_EXEC as u64;
            for call in [libc::SYS_mmap, libc::SYS_mprotect] {
                rules.insert(call, when(&[(2, masked(runs), 0)])?);
            }
            let name = libc::PR_SET_NAME as u64;
            rules.insert(libc::SYS_prctl, when(&[(0, SeccompCmpOp::Eq, name)])?);
            let asks = libc::F_GETFD as u64;
            rules.insert(libc::SYS_fcntl, when(&[(1, SeccompCmpOp::Eq, asks)])?);
        }
    }
    Ok(rules)
}

fn masked(bits: u64) -> SeccompCmpOp {
    SeccompCmpOp::MaskedEq(bits)
}

/// One rule: each of these arguments, by its place, is so.
fn when(arguments: &[(u8, SeccompCmpOp, u64)]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let conditions = arguments
        .iter()
        .map(|(place, compared, with)| SeccompCondition::new(*place, Dword, compared.clone(), *with))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(vec![SeccompRule::new(conditions)?])
}
