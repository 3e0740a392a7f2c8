/** Ways to spell a path out of the published files that some server has fallen for. */
export const TRAVERSALS = [
  ...["/../etc/passwd", "/../../../../etc/passwd", "/./../etc/passwd", "/ramdisk/../../etc/passwd"],
  ...[
    "/%2e%2e/etc/passwd",
    "/%2e%2e%2fetc%2fpasswd",
    "/..%2fetc/passwd",
    "/%2e./etc/passwd",
    "/.%2e/etc/passwd",
  ],
  ...[
    "/%252e%252e/etc/passwd",
    "/%252e%252e%252fetc/passwd",
    "/%25252e%25252e/etc/passwd",
    "/..%252fetc/passwd",
  ],
  ...["/..%5cetc%5cpasswd", "/..\\etc\\passwd", "/%5c..%5cetc%5cpasswd", "/..%255cetc/passwd", "/\\..\\etc"],
  ...[
    "/..%c0%afetc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/..%e0%80%afetc/passwd",
    "/..%f0%80%80%afetc/passwd",
  ],
  ...["/%uff0e%uff0e/etc/passwd", "/..%u2215etc/passwd", "/%ef%bc%8e%ef%bc%8e/etc/passwd", "/..;/etc/passwd"],
  ...["/....//etc/passwd", "/....\\/etc/passwd", "/..././etc/passwd", "/.../etc/passwd", "//../etc/passwd"],
  ...[
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc/passwd",
    "/%00/etc/passwd",
    "/ramdisk/vmlinuz%00.txt",
    "/..%00/",
  ],
  ...["/ramdisk/%2e%2e/ramdisk/vmlinuz", "/ramdisk%2fvmlinuz", "/%72amdisk/vmlinuz", "/ramdisk//vmlinuz"],
  ...[
    "/ramdisk/./vmlinuz",
    "/ramdisk/vmlinuz/",
    "/ramdisk/vmlinuz/..",
    "/ramdisk/vmlinuz#x",
    "/ramdisk/vmlinuz;x",
  ],
  ...[
    "/proc/self/environ",
    "/file:///etc/passwd",
    "http://127.0.0.1/etc/passwd",
    "/?file=../etc/passwd",
    "/~root/",
  ],
];
