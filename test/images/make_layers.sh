#!/bin/sh
# Makes three layers of a system below the folder $1 and packs them as l0.tar l1.tar l2.tar (root). All that a layer can
# do is in them: whiteouts, an opaque folder, hidden and made anew, folder over link, file over folder, hard links cut.
set -eu
cd "$1"
mkdir l0 l1 l2
cd l0
mkdir -p boot sbin etc usr/bin usr/lib var/old/deep opt/gone home/u "odd name" dev
echo kernel >boot/vmlinuz-6.1
echo init >sbin/init
chmod 755 sbin/init
printf 'NAME="Layered"\nVERSION=1\n' >usr/lib/os-release
ln -s ../usr/lib/os-release etc/os-release
head -c 3000000 /dev/urandom >usr/bin/big
ln usr/bin/big usr/bin/big-link
ln -s big usr/bin/sym
echo a >var/old/a
echo b >var/old/deep/b
echo gone >opt/gone/x
echo keep >opt/keep
echo f >home/u/file
chown 1000:1001 home/u/file
chmod 4755 home/u/file
mknod dev/null c 1 3
mknod dev/disk b 8 1
mkfifo dev/pipe
echo x >"odd name/ü ⌘"
long=$(printf 'n%.0s' $(seq 120))
mkdir -p "$long/$long"
echo long >"$long/$long/$long"
ln -s "$long/$long/$long" "link to long"
setfattr -n user.color -v "$(printf 'b\351\001z')" usr/bin/big
setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 sbin/init
printf raw >"$(printf 'raw\377')"
chmod 700 var/old
touch -d '2001-02-03 04:05:06.789' opt/keep
touch -d 1999-01-01 opt
chown 3000000:4000000 opt
cd ../l1
mkdir -p var/old opt usr/bin etc/os-release new/dir
touch var/old/.wh..wh..opq opt/.wh.gone usr/bin/.wh.big opt/.wh.never-was
echo c >var/old/c
chmod 711 var/old
chown 5:6 var/old
echo inside >etc/os-release/file
head -c 100000 /dev/urandom >new/dir/data
ln new/dir/data new/hard
touch -d 2010-01-01 opt
cd ../l2
mkdir -p home new var/old
echo 'now a file' >home/u
touch new/.wh.hard var/.wh.old
echo again >var/old/again
cd ..
for layer in l0 l1 l2; do
	tar --format=posix --xattrs --xattrs-include='*' -C $layer -cf $layer.tar .
done
