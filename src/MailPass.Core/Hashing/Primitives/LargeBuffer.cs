using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>Tens of megabytes outside of the managed heap, on huge pages if the system has them.</summary>
internal sealed unsafe partial class LargeBuffer : IDisposable
{
    private const nuint HugePage = 2 * 1024 * 1024;

    private nint _address;

    /// <exception cref="MailPassException">The system does not have that much.</exception>
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
                $"This machine does not have the {length / 1024} KiB of memory that the hash needs.",
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
    /// Discards the content without overwriting it: the system clears a page before anybody else gets it. Afterwards it reads as
    /// zeros. Overwriting a gibibyte would take a second; this takes no time if the system supports it.
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

    // With pages of 4 KiB, nearly every block that Argon2 reads misses the processor's TLB. Linux provides larger pages on request.
    // Windows provides them only to accounts with a special right, so they are not requested there. A refusal only costs speed.
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
