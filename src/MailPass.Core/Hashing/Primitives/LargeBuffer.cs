using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>Tens of megabytes outside of the managed heap, on huge pages where the system has them to give.</summary>
internal sealed unsafe partial class LargeBuffer : IDisposable
{
    private const nuint HugePage = 2 * 1024 * 1024;

    private nint _address;

    /// <exception cref="MailPassException">The system has not that much.</exception>
    public LargeBuffer(long length)
    {
        Length = length;
        try
        {
            _address = (nint)NativeMemory.AlignedAlloc((nuint)length, length >= (long)HugePage ? HugePage : 64);
        }
        catch (OutOfMemoryException fault)
        {
            GC.SuppressFinalize(this);
            throw new MailPassException(
                ErrorIds.Unexpected,
                $"This machine has not the {length / 1024} KiB of memory that the hash asks for.",
                "Choose a scheme or a cost that takes less memory.",
                fault);
        }

        AskForHugePages();
    }

    ~LargeBuffer() => Release();

    public long Length { get; }

    public byte* Address => (byte*)_address;

    /// <summary>Overwrites all of it.</summary>
    public void Clear()
    {
        const int step = 1 << 30;
        for (long at = 0; at < Length; at += step)
        {
            CryptographicOperations.ZeroMemory(new Span<byte>(Address + at, (int)Math.Min(step, Length - at)));
        }
    }

    /// <summary>
    /// Lets all of it go without touching it: the system gives a page to nobody before it has overwritten it. It reads as
    /// zeros afterwards. What would be a second of work for a gibibyte takes no time where the system can do it.
    /// </summary>
    public void Discard()
    {
        const int adviseDoNotNeed = 4;
        if (!OperatingSystem.IsLinux() || Length < (long)HugePage || Length % Environment.SystemPageSize != 0 || Advise(Address, (nuint)Length, adviseDoNotNeed) != 0)
        {
            Clear();
        }
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _address, 0) is var address and not 0)
        {
            NativeMemory.AlignedFree((void*)address);
        }
    }

    // With pages of 4 KiB nearly every block that Argon2 refers to is a miss in the processor's page tables. Linux gives
    // larger ones on request; Windows gives them only to accounts with a special right, so it is not asked there. A
    // refusal costs speed and nothing else.
    private void AskForHugePages()
    {
        const int adviseHugePages = 14;
        if (OperatingSystem.IsLinux() && Length >= (long)HugePage)
        {
            _ = Advise(Address, (nuint)Length, adviseHugePages);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
