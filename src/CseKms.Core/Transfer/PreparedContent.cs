using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>A source whose first part was read, a data key of its own, and the envelope of what will be encrypted. Serves once.</summary>
internal sealed class PreparedContent : IDisposable
{
    private readonly UploadContent _content;
    private readonly PartReader _reader;
    private readonly EncryptionMaterials _materials;

    private PreparedContent(UploadContent content, PartReader reader, Part first, EncryptionMaterials materials)
    {
        _content = content;
        _reader = reader;
        _materials = materials;
        First = first;
        Cipher = ContentCipher.ForEncryption(materials.Suite, materials.PlaintextDataKey);
        Envelope = ContentMetadataCodec.Encode(materials.Envelope(Cipher), first.IsLast ? first.ContentLength : content.Length);
    }

    /// <summary>The first part, plaintext.</summary>
    public Part First { get; }

    /// <summary>Encrypts the content.</summary>
    public ContentCipher Cipher { get; }

    /// <summary>The envelope's values.</summary>
    public IReadOnlyDictionary<string, string> Envelope { get; }

    /// <summary>The properties of the file that it is read from.</summary>
    public FileProperties Properties => _content.Properties;

    /// <summary>Plaintext bytes read so far.</summary>
    public long Length => _reader.Length;

    /// <summary>V2 or V3.</summary>
    public string Format => Envelope.ContainsKey(MetadataKeys.V3Key) ? "V3" : "V2";

    /// <summary>Name of the content algorithm suite.</summary>
    public string Algorithm => _materials.Suite.Name;

    /// <summary>ARN of the KMS key that wraps the data key; <see langword="null"/> for a raw key.</summary>
    public string? KmsKeyId => _materials.KmsKeyId;

    /// <summary>Opens a source and reads its first part; only then a data key is asked for.</summary>
    /// <param name="scheduler">Lends memory.</param>
    /// <param name="materialsManager">Makes the data key.</param>
    /// <param name="source">The plaintext.</param>
    /// <param name="address">Where the object goes; known where the place is bound.</param>
    /// <param name="context">The object's own encryption context, in place of that of the call.</param>
    /// <param name="observer">Is told the length.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="CseException">The source cannot be read or is too large, or there is no data key.</exception>
    public static async Task<PreparedContent> PrepareAsync(
        TransferScheduler scheduler,
        CryptographicMaterialsManager materialsManager,
        UploadSource source,
        ObjectAddress? address,
        IReadOnlyDictionary<string, string>? context,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        var content = source.Open();
        Part? first = null;
        try
        {
            if (content.Length > SeekableGcm.MaxPlaintextLength)
            {
                throw PartReader.TooLarge();
            }

            if (content.Length is { } length)
            {
                observer.LengthKnown(length);
            }

            var reader = new PartReader(content);
            var capacity = (int)Math.Min(content.Length ?? Part.Size, Part.Size) + AlgorithmSuite.TagLength;
            var buffer = await scheduler.RentAsync(capacity, cancellationToken).ConfigureAwait(false);
            first = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (first.IsLast || capacity < Part.BufferSize)
            {
                content.EnsureUnchanged();
            }

            var materials = await materialsManager.GetEncryptionMaterialsAsync(address, context, cancellationToken).ConfigureAwait(false);
            return new PreparedContent(content, reader, first, materials);
        }
        catch
        {
            first?.Dispose();
            content.Dispose();
            throw;
        }
    }

    /// <summary>Encrypts the content in parts, each by a task of its own, while the calling task reads one part after another.</summary>
    /// <param name="scheduler">Lends memory.</param>
    /// <param name="take">Is given each part when it is encrypted, and in the last one the tag; the part is given back when it is done.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="CseException">The source cannot be read or changed meanwhile, or what <paramref name="take"/> failed with.</exception>
    public async Task EncryptPartsAsync(TransferScheduler scheduler, Func<Part, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        using var encryptor = new MessageEncryptor(Cipher);
        await TaskGroup.RunAsync(
            async group =>
            {
                var encryptions = new List<Task>();
                for (var part = First; part is not null; part = part.IsLast ? null : await ReadAsync().ConfigureAwait(false))
                {
                    var next = part;
                    var encryption = Task.Run(() => encryptor.Encrypt(next));
                    encryptions.Add(encryption);
                    var ready = part.IsLast ? SealAsync(part) : encryption;
                    group.Start(() => TakeAsync(next, ready, group.Token));
                }

                async ValueTask<Part> ReadAsync()
                {
                    var buffer = await scheduler.RentAsync(Part.BufferSize, group.Token).ConfigureAwait(false);
                    return await _reader.ReadAsync(buffer, group.Token).ConfigureAwait(false);
                }

                async Task SealAsync(Part last)
                {
                    await Task.WhenAll(encryptions).ConfigureAwait(false);
                    encryptor.Seal(last);
                }
            },
            cancellationToken).ConfigureAwait(false);
        _content.EnsureUnchanged();

        async Task TakeAsync(Part part, Task ready, CancellationToken stop)
        {
            using (part)
            {
                await ready.ConfigureAwait(false);
                await take(part, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Zeroes the data key and gives back what was not.</summary>
    public void Dispose()
    {
        Cipher.Dispose();
        _materials.Dispose();
        First.Dispose();
        _content.Dispose();
    }
}
