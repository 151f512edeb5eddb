using System.Text;
using CseKms.Core.Content;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>What a folder and a prefix have of each name, against a model that knows both by heart.</summary>
public sealed class SyncPairsTests
{
    // Around the slash, and on both sides of what UTF-16 and UTF-8 order in different ways.
    private static readonly string[] Names = ["a", "a!", "a-", "a.", "a0", "b", "A", "é", "\uFFFD", "\U0001F510", "aa", "~"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [InlineData("", "a")]
    [InlineData("a", "a!")]
    [InlineData("a!", "a/")]
    [InlineData("a/b", "a0")]
    [InlineData("Z", "a")]
    [InlineData("z", "é")]
    [InlineData("\uFFFD", "\U0001F510")]
    [InlineData("\uD7FF", "\uE000")]
    [InlineData("\uE000", "\U00010000")]
    [InlineData("\U0001F510", "\U0001F511")]
    public void Keys_are_in_the_order_of_their_bytes(string first, string second)
    {
        Assert.True(Encoding.UTF8.GetBytes(first).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(second)) < 0);
        Assert.True(KeyOrder.Compare(first, second) < 0);
        Assert.True(KeyOrder.Compare(second, first) > 0);
        Assert.Equal(0, KeyOrder.Compare(first, new string(first)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_trees_are_paired_as_a_model_pairs_them(int seed)
    {
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var files = MakeTree(folder.Path, "", random, depth: 0).ToHashSet();
        var keys = files.Where(_ => random.Next(2) == 0).Concat(Enumerable.Range(0, 10).Select(_ => RandomKey(random))).ToHashSet();

        var pairs = SyncPairs.Of(FolderWalk.Through(folder.Path), Listing("p/", keys), "p/").ToArray();

        Assert.Equal(
            InOrder(files.Union(keys)).Select(key => (key, files.Contains(key), keys.Contains(key))),
            pairs.Select(pair => (pair.RelativeKey, pair.File is not null, pair.Stored is not null)));
        Assert.All(pairs, pair => Assert.Null(pair.Barrier));
        Assert.All(pairs.Where(pair => pair.File is not null), pair => Assert.Equal(pair.RelativeKey.Length, pair.File!.Length));
    }

    [Fact]
    public void What_is_behind_a_link_is_not_said_to_be_missing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Links need rights on Windows.");
        using var folder = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("x", "x"u8);
        Directory.CreateSymbolicLink(folder.File("a"), elsewhere.Path);

        var pairs = SyncPairs.Of(FolderWalk.Through(folder.Path), Listing("", ["a!", "a/x", "a/y/z", "a0"]), "").ToArray();

        Assert.Equal(["a/x", "a/y/z"], pairs.Where(pair => pair.Barrier is not null).Select(pair => pair.RelativeKey));
        Assert.DoesNotContain(pairs, pair => pair.File?.Kind == WalkedKind.File);
        Assert.Equal(WalkedKind.Link, Assert.Single(pairs, pair => pair.RelativeKey == "a").File!.Kind);
    }

    [Fact]
    public void What_is_in_a_folder_that_cannot_be_read_is_not_said_to_be_missing()
    {
        var unreadable = new WalkedEntry("s/", WalkedKind.UnreadableFolder) { Failure = new IOException("no") };

        var pairs = SyncPairs.Of([unreadable], Listing("", ["s", "s/a", "s/b/c", "t"]), "").ToArray();

        Assert.Equal(["s/a", "s/b/c"], pairs.Where(pair => pair.Barrier == unreadable).Select(pair => pair.RelativeKey));
    }

    [Theory]
    [InlineData("b a")]
    [InlineData("a a")]
    [InlineData("a/b a.b")]
    public void A_listing_in_another_order_is_not_gone_on_with(string keys)
    {
        var listing = keys.Split(' ').Select(key => Listed("", key));

        var failure = Assert.Throws<CseException>(() => SyncPairs.Of([], listing, "").Count());

        Assert.Equal(ErrorId.ListingUnordered, failure.ErrorId);
    }

    private static IEnumerable<string> MakeTree(string folder, string prefix, Random random, int depth)
    {
        foreach (var name in Names.Where(_ => random.Next(3) == 0))
        {
            var key = prefix + name;
            if (depth < 3 && random.Next(3) == 0)
            {
                Directory.CreateDirectory(Path.Combine(folder, name));
                foreach (var below in MakeTree(Path.Combine(folder, name), key + "/", random, depth + 1))
                {
                    yield return below;
                }
            }
            else if (!Path.Exists(Path.Combine(folder, name)))
            {
                // Its length tells it from others.
                File.WriteAllBytes(Path.Combine(folder, name), new byte[key.Length]);
                yield return key;
            }
        }
    }

    private static string RandomKey(Random random) => string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Names[random.Next(Names.Length)]));

    private static IEnumerable<string> InOrder(IEnumerable<string> keys) => keys.OrderBy(Encoding.UTF8.GetBytes, Comparer<byte[]>.Create(
        (left, right) => left.AsSpan().SequenceCompareTo(right)));

    private static IEnumerable<ListedObject> Listing(string prefix, IEnumerable<string> keys) => InOrder(keys).Select(key => Listed(prefix, key));

    private static ListedObject Listed(string prefix, string key) => new("bucket", prefix + key, 20, "\"e\"", DateTime.UtcNow, null);
}
