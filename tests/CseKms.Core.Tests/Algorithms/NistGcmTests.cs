using CseKms.Core.Algorithms;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>
/// Known answers: the test cases of the GCM submission to NIST, and NIST's CAVP response files, of which the folder
/// Nist has the sections with a 256-bit key, a 96-bit IV and a 128-bit tag (public-domain data of the United States).
/// </summary>
public sealed class NistGcmTests
{
    private const string Key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    private const string Iv = "cafebabefacedbaddecaf888";
    private const string Plaintext =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";

    private const string Ciphertext =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

    public static TheoryDataRow<string, string, string, string, string, string>[] Submission =>
    [
        new(new('0', 64), new('0', 24), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b") { Label = "13" },
        new(new('0', 64), new('0', 24), "", new('0', 32), "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919") { Label = "14" },
        new(Key, Iv, "", Plaintext, Ciphertext, "b094dac5d93471bdec1a502270e3cc6c") { Label = "15" },
        new(Key, Iv, "feedfacedeadbeeffeedfacedeadbeefabaddad2", Plaintext[..120], Ciphertext[..120], "76fc6ece0f4e1768cddf8853bb2d551b") { Label = "16" },
    ];

    [Theory]
    [MemberData(nameof(Submission))]
    public void The_test_cases_of_the_submission(string key, string iv, string data, string plaintext, string ciphertext, string tag)
    {
        var values = new Dictionary<string, string>
        {
            ["Key"] = key, ["IV"] = iv, ["AAD"] = data, ["PT"] = plaintext, ["CT"] = ciphertext, ["Tag"] = tag,
        };
        Encrypts(values);
        Assert.True(Decrypts(values));
    }

    [Fact]
    public void The_encryptions_of_CAVP()
    {
        List<Dictionary<string, string>> cases = Read("gcmEncryptExtIV256.rsp");
        Assert.Equal(375, cases.Count);
        Assert.All(cases, Encrypts);
    }

    [Fact]
    public void The_decryptions_of_CAVP()
    {
        List<Dictionary<string, string>> cases = Read("gcmDecrypt256.rsp");
        Assert.Equal(375, cases.Count);
        Assert.Equal(191, cases.Count(values => values.ContainsKey("FAIL")));
        Assert.All(cases, values => Assert.Equal(!values.ContainsKey("FAIL"), Decrypts(values)));
    }

    private static void Encrypts(Dictionary<string, string> values)
    {
        byte[] plaintext = Convert.FromHexString(values["PT"]);
        byte[] tag = new byte[16];
        using SeekableGcm engine = Engine(values);
        engine.Encrypt(0, plaintext, plaintext);
        engine.ComputeTag(plaintext.Length, tag);
        Assert.Equal(values["CT"], Convert.ToHexStringLower(plaintext));
        Assert.Equal(values["Tag"], Convert.ToHexStringLower(tag));
    }

    private static bool Decrypts(Dictionary<string, string> values)
    {
        byte[] ciphertext = Convert.FromHexString(values["CT"]);
        using SeekableGcm engine = Engine(values);
        engine.Decrypt(0, ciphertext, ciphertext);
        bool verified = engine.VerifyTag(ciphertext.Length, Convert.FromHexString(values["Tag"]));
        if (verified)
        {
            Assert.Equal(values["PT"], Convert.ToHexStringLower(ciphertext));
        }

        return verified;
    }

    private static SeekableGcm Engine(Dictionary<string, string> values) =>
        new(Convert.FromHexString(values["Key"]), Convert.FromHexString(values["IV"]), Convert.FromHexString(values["AAD"]));

    private static List<Dictionary<string, string>> Read(string file)
    {
        var cases = new List<Dictionary<string, string>>();
        foreach (string line in File.ReadLines(Locate(file)))
        {
            string[] parts = line.Split('=', StringSplitOptions.TrimEntries);
            if (parts[0] == "Count")
            {
                cases.Add([]);
            }
            else if (parts[0].Length != 0 && parts[0][0] is not ('#' or '['))
            {
                cases[^1].Add(parts[0], parts.Length > 1 ? parts[1] : "");
            }
        }

        return cases;
    }

    private static string Locate(string file) => Path.Combine(AppContext.BaseDirectory, "nist", file);
}
