import Glibc
import TestSupport
import Testing

@testable import Files

/// The files of both versions, in trees like those of the kernel.
@Suite struct ControlGroupTests {
  private let folder = Folder()

  /// Writes files below the root, and returns the memory left there.
  private func room(_ files: KeyValuePairs<String, String>) -> Int? {
    for (path, text) in files {
      let place = folder(path)
      let parent = place.split(separator: "/").dropLast().map { "/" + $0 }.joined()
      system("mkdir -p '\(parent)'")
      let file = fopen(place, "w")
      fputs(text, file)
      fclose(file)
    }
    return ControlGroups(root: folder.path).room
  }

  private let unified = "sys/fs/cgroup"
  private let memory = "sys/fs/cgroup/memory"

  @Test func withoutGroupsThereIsNoLimit() {
    #expect(ControlGroups(root: folder.path).room == nil)
    #expect(room(["proc/self/cgroup": "0::/a\n1:name=systemd:/\n:\n"]) == nil)
  }

  @Test func ofTheSecondVersion() {
    let room = room([
      "proc/self/cgroup": "0::/a/b\n",
      "\(unified)/a/b/memory.max": "1000000\n", "\(unified)/a/b/memory.high": "max\n",
      "\(unified)/a/b/memory.current": "400000\n",
      "\(unified)/a/b/memory.stat": "anon 300000\ninactive_file 30000\nactive_file 7000\n",
    ])
    #expect(room == 1_000_000 - (400_000 - 37_000))
  }

  /// Above "high" a group is slowed down until it stalls.
  @Test func theSecondVersionsHighIsALimit() {
    let room = room([
      "proc/self/cgroup": "0::/\n", "\(unified)/memory.max": "max\n",
      "\(unified)/memory.high": "5000\n", "\(unified)/memory.current": "2000\n",
    ])
    #expect(room == 3000)
  }

  @Test func theLeastOfAllAboveCounts() {
    let room = room([
      "proc/self/cgroup": "0::/a/b\n",
      "\(unified)/a/b/memory.max": "max\n", "\(unified)/a/b/memory.current": "10\n",
      "\(unified)/a/memory.max": "5000\n", "\(unified)/a/memory.current": "4900\n",
      "\(unified)/memory.max": "6000\n", "\(unified)/memory.current": "5000\n",
    ])
    #expect(room == 100)
  }

  @Test func ofTheFirstVersion() {
    let room = room([
      "proc/self/cgroup": "9:cpu,cpuacct:/x\n4:hugetlb,memory:/a:b\n0::/\n",
      // A group of memory that this process is not in.
      "\(memory)/x/memory.limit_in_bytes": "800\n", "\(memory)/x/memory.usage_in_bytes": "700\n",
      "\(memory)/a:b/memory.limit_in_bytes": "900000\n",
      "\(memory)/a:b/memory.usage_in_bytes": "500000\n",
      "\(memory)/a:b/memory.stat":
        "inactive_file 1\ntotal_inactive_file 40000\ntotal_active_file 2000\n",
      "\(memory)/memory.limit_in_bytes": "9223372036854771712\n",
      "\(memory)/memory.usage_in_bytes": "700000\n",
    ])
    #expect(room == 900_000 - (500_000 - 42_000))
  }

  /// Version 1 writes the greatest number of pages if there is no limit.
  @Test func theFirstVersionsGreatestIsNoLimit() {
    let room = room([
      "proc/self/cgroup": "4:memory:/\n",
      "\(memory)/memory.limit_in_bytes": "9223372036854771712\n",
      "\(memory)/memory.usage_in_bytes": "700000\n",
    ])
    #expect(room == nil)
  }

  /// In a container the names may be the host's, or point outside the mount.
  @Test(arguments: ["4:memory:/docker/0123", "4:memory:/../..", "4:memory:/"])
  func inAContainerTheRootIsTheGroup(line: String) {
    let room = room([
      "proc/self/cgroup": line + "\n", "\(memory)/memory.limit_in_bytes": "8000\n",
      "\(memory)/memory.usage_in_bytes": "1000\n",
      // Files beside and above the mount.
      "\(unified)/memory.limit_in_bytes": "500\n", "\(unified)/memory.usage_in_bytes": "400\n",
    ])
    #expect(room == 7000)
  }

  @Test func bothVersionsMayBeInUse() {
    let room = room([
      "proc/self/cgroup": "4:memory:/a\n0::/b\n",
      "\(memory)/a/memory.limit_in_bytes": "8000\n", "\(memory)/a/memory.usage_in_bytes": "1000\n",
      "\(unified)/unified/b/memory.max": "5000\n", "\(unified)/unified/b/memory.current": "4990\n",
    ])
    #expect(room == 10)
  }

  @Test func aGroupThatIsFullHasNothingLeft() {
    let room = room([
      "proc/self/cgroup": "0::/\n", "\(unified)/memory.max": "5000\n",
      "\(unified)/memory.current": "6000\n",
    ])
    #expect(room == 0)
  }
}
