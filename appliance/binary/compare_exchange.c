/*
 * The one function that Node takes from libatomic.so.1, which a minimal Debian does not have: see own_atomics.ts.
 *
 * bool __atomic_compare_exchange(size_t size, void *object, void *expected, void *desired, int success, int failure)
 *
 * Node calls it for one type, a free list head of 8 bytes; own_atomics.ts checks that at build time. All of the
 * machine code must be this one function without relocations, for it is copied into the program as it is.
 */
_Bool compare_exchange(unsigned long size, volatile unsigned long *object, unsigned long *expected,
		       const unsigned long *desired)
{
	if (size != 8)
		__builtin_trap();
	return __atomic_compare_exchange_n(object, expected, *desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
