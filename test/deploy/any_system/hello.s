# The system of a disk that is no Linux: the BIOS starts it, it says so on the first serial port, then what it reads from
# sector 40 of its own disk, and stops. 16-bit, for the boot code of a protective MBR (440 bytes).
	.code16
	.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	cld
	sti
	movw $hello, %si
	call say
	# INT 13h, function 42h: reads what the packet says from the disk in DL, which is the one that we came from.
	movw $packet, %si
	movb $0x42, %ah
	int $0x13
	movw $0x8000, %si
	jnc 1f
	movw $unread, %si
1:	call say
2:	hlt
	jmp 2b

	# DL is the disk: the port must not take its place.
say:	pushw %dx
5:	lodsb
	testb %al, %al
	jz 4f
	movb %al, %bl
3:	movw $0x3fd, %dx
	inb %dx, %al
	testb $0x20, %al
	jz 3b
	movw $0x3f8, %dx
	movb %bl, %al
	outb %al, %dx
	jmp 5b
4:	popw %dx
	ret

hello:	.asciz "hello from a boot sector\r\n"
unread:	.asciz "cannot read the disk\r\n"
	.align 4
packet:	.byte 16, 0
	.word 1			# sectors
	.word 0x8000, 0		# to 0000:8000
	.quad 40		# from
