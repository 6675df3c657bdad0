//! Limits and throttling counters of this process's control groups, version 1 and 2 (Linux). The limits of all groups
//! up to the root apply, so the smallest one counts. Computes no rates; that is done in `counters`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Version 1 writes "no limit" as the largest multiple of the page size.
const NO_LIMIT_BYTES: u64 = 1 << 60;

/// Periods of the CPU quotas since the groups were created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Throttling {
    /// Periods in which a process of the group ran.
    pub periods: u64,
    /// Periods in which the quota was used up and all processes of the group had to wait.
    pub throttled: u64,
    /// Time for which they had to wait, nanoseconds; `None` if the system does not count it.
    pub throttled_nanos: Option<u64>,
}

/// Folders of this process's control groups, the innermost first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cgroups {
    /// Version 2: all controllers in one hierarchy.
    unified: Vec<PathBuf>,
    cpu: Vec<PathBuf>,
    memory: Vec<PathBuf>,
    pids: Vec<PathBuf>,
}

impl Cgroups {
    /// Finds the groups of this process.
    pub(super) fn of_this_process() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self::from(&text("/proc/self/cgroup"), &text("/proc/self/mountinfo"), Path::new("/"))
    }

    /// Finds the groups from the texts of `/proc/self/cgroup` and `/proc/self/mountinfo`, below `root`.
    fn from(groups: &str, mounts: &str, root: &Path) -> Self {
        let folders = |fits: &dyn Fn(&Mount<'_>) -> bool, group: Option<&str>| {
            let found = mounts.lines().filter_map(Mount::parse).filter(|mount| fits(mount)).last();
            found.zip(group).map_or_else(Vec::new, |(mount, group)| mount.folders(group, root))
        };
        let version_1 = |controller: &str| {
            let fits =
                |mount: &Mount<'_>| mount.kind == "cgroup" && mount.options.split(',').any(|one| one == controller);
            folders(&fits, group_of(groups, |controllers| controllers.split(',').any(|one| one == controller)))
        };
        Self {
            unified: folders(&|mount| mount.kind == "cgroup2", group_of(groups, str::is_empty)),
            cpu: version_1("cpu"),
            memory: version_1("memory"),
            pids: version_1("pids"),
        }
    }

    /// Number of CPUs that the quota allows, e.g. 1.5; `None` without a quota.
    pub(super) fn cpu_quota(&self) -> Option<f64> {
        // "quota period" in microseconds, or "max period".
        let unified = values(&self.unified, "cpu.max").filter_map(|text| {
            let (quota, period) = text.split_once(' ')?;
            Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
        });
        let version_1 = self.cpu.iter().filter_map(|folder| {
            // -1 if there is no quota.
            let quota: f64 = value(folder, "cpu.cfs_quota_us")?.parse().ok()?;
            let period: f64 = value(folder, "cpu.cfs_period_us")?.parse().ok()?;
            (quota > 0.0 && period > 0.0).then_some(quota / period)
        });
        unified.chain(version_1).min_by(f64::total_cmp)
    }

    /// Throttled periods of all groups up to the root, since each of them stops this process. `None` if the system
    /// doesn't count them.
    pub(super) fn throttling(&self) -> Option<Throttling> {
        let read = |folder: &PathBuf| {
            let text = value(folder, "cpu.stat")?;
            let count = |name: &str| -> Option<u64> {
                let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
                line.trim().parse().ok()
            };
            Some(Throttling {
                periods: count("nr_periods")?,
                throttled: count("nr_throttled")?,
                // Version 2 counts microseconds, version 1 nanoseconds.
                throttled_nanos: count("throttled_usec")
                    .map(|micros| micros * 1_000)
                    .or_else(|| count("throttled_time")),
            })
        };
        self.unified.iter().chain(&self.cpu).filter_map(read).reduce(|all, one| Throttling {
            periods: all.periods.max(one.periods),
            throttled: all.throttled + one.throttled,
            throttled_nanos: all.throttled_nanos.zip(one.throttled_nanos).map(|(all, one)| all + one),
        })
    }

    /// Limit on memory, bytes.
    pub(super) fn memory_max(&self) -> Option<u64> {
        let limits = values(&self.unified, "memory.max").chain(values(&self.memory, "memory.limit_in_bytes"));
        limits.filter_map(|text| text.parse().ok()).filter(|bytes| *bytes < NO_LIMIT_BYTES).min()
    }

    /// Limit on processes and threads.
    pub(super) fn pids_max(&self) -> Option<u64> {
        let limits = values(&self.unified, "pids.max").chain(values(&self.pids, "pids.max"));
        limits.filter_map(|text| text.parse().ok()).min()
    }
}

/// Returns the group of the hierarchy whose controllers match. Lines are "number:controllers:group".
fn group_of(groups: &str, fits: impl Fn(&str) -> bool) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next()?, parts.next()?);
        fits(controllers).then_some(group)
    })
}

fn value(folder: &Path, name: &str) -> Option<String> {
    fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned())
}

fn values<'a>(folders: &'a [PathBuf], name: &'a str) -> impl Iterator<Item = String> + 'a {
    folders.iter().filter_map(move |folder| value(folder, name))
}

/// One line of `/proc/self/mountinfo`.
struct Mount<'a> {
    /// Group that is mounted at `point`.
    group: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (group, point) = (before.next()?, before.next()?);
        let mut after = after.split(' ');
        let (kind, options) = (after.next()?, after.nth(1)?);
        Some(Self { group, point, kind, options })
    }

    /// Returns the folder of a group and its ancestors, up to the mount point.
    fn folders(&self, group: &str, root: &Path) -> Vec<PathBuf> {
        let top = root.join(self.point.trim_start_matches('/'));
        // In a container the mount may begin at the container's own group. A group outside of it is not visible; then
        // the mount point is used.
        let relative = Path::new(group).strip_prefix(self.group).unwrap_or(Path::new(""));
        let innermost = top.join(relative);
        innermost.ancestors().take_while(|folder| folder.starts_with(&top)).map(Path::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, text).expect("written");
    }

    const VERSION_1: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
        39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn version_1_has_a_quota_throttled_periods_and_limits() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let groups = "9:name=systemd:/\n8:pids:/a\n4:memory:/a/b\n1:cpu,cpuacct:/a/b\n0::/\n";
        let cpu = "sys/fs/cgroup/cpu,cpuacct";
        write(root, &format!("{cpu}/cpu.cfs_quota_us"), "-1\n");
        write(root, &format!("{cpu}/cpu.cfs_period_us"), "100000\n");
        write(root, &format!("{cpu}/cpu.stat"), "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
        write(root, &format!("{cpu}/a/cpu.cfs_quota_us"), "150000\n");
        write(root, &format!("{cpu}/a/cpu.cfs_period_us"), "100000\n");
        write(root, &format!("{cpu}/a/cpu.stat"), "nr_periods 146\nnr_throttled 3\nthrottled_time 5\n");
        write(root, &format!("{cpu}/a/b/cpu.cfs_quota_us"), "50000\n");
        write(root, &format!("{cpu}/a/b/cpu.cfs_period_us"), "100000\n");
        write(root, &format!("{cpu}/a/b/cpu.stat"), "nr_periods 146\nnr_throttled 143\nthrottled_time 5\n");
        write(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write(root, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "67108864\n");
        write(root, "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
        write(root, "sys/fs/cgroup/pids/a/pids.max", "max\n");
        let found = Cgroups::from(groups, VERSION_1, root);
        assert_eq!(found.cpu_quota(), Some(0.5));
        assert_eq!(found.throttling(), Some(Throttling { periods: 146, throttled: 146, throttled_nanos: Some(10) }));
        assert_eq!(found.memory_max(), Some(64 << 20));
        assert_eq!(found.pids_max(), None);
    }

    #[test]
    fn version_2_counts_the_parent_groups_as_well() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let mounts = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        write(root, "sys/fs/cgroup/user.slice/cpu.max", "200000 100000\n");
        write(root, "sys/fs/cgroup/user.slice/memory.max", "1000\n");
        write(
            root,
            "sys/fs/cgroup/user.slice/cpu.stat",
            "usage_usec 5\nnr_periods 7\nnr_throttled 2\nthrottled_usec 5\n",
        );
        write(root, "sys/fs/cgroup/user.slice/run/cpu.max", "max 100000\n");
        write(root, "sys/fs/cgroup/user.slice/run/memory.max", "max\n");
        write(root, "sys/fs/cgroup/user.slice/run/pids.max", "12\n");
        let found = Cgroups::from("0::/user.slice/run\n", mounts, root);
        assert_eq!(found.cpu_quota(), Some(2.0));
        assert_eq!(found.throttling(), Some(Throttling { periods: 7, throttled: 2, throttled_nanos: Some(5_000) }));
        assert_eq!((found.memory_max(), found.pids_max()), (Some(1000), Some(12)));
    }

    #[test]
    fn in_a_container_the_mount_begins_at_its_own_group() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let mounts = "32 31 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        write(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "4096\n");
        let limit = |groups: &str| Cgroups::from(groups, mounts, root).memory_max();
        assert_eq!(limit("4:memory:/docker/abc\n"), Some(4096));
        assert_eq!(limit("4:memory:/elsewhere\n"), Some(4096));
        let none = Cgroups::from("", "", root);
        assert_eq!((none.memory_max(), none.cpu_quota(), none.throttling()), (None, None, None));
    }
}
